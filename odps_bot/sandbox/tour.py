"""The steps of the tour for newcomers, in a good order to try them.

`place` is where a step happens: the channel's composer by default, `thread` (of the newest card),
`message` (the newest card's menu), `button` (of the newest card that has it), `home` (the bot's App
Home), `modal` (which `command` opens) or `shortcuts`. `button` is the action id of what to press on
the card or at Home, and `acts_as` the name of the person who does the step.
"""

TOUR: tuple[dict[str, str], ...] = (
    {
        "title": "Run a query",
        "text": "Real SQL on Fisher's iris data. The card updates itself; open its thread.",
        "command": "/odps run select name, count(*) as flowers, avg(petallength) as petal"
        " from pyodps_iris group by name order by name limit 10",
    },
    {
        "title": "Stop a slow query",
        "text": "It takes a minute: press Refresh to see how far it is, then Stop.",
        "command": "/odps run set sandbox.duration=60; select city, sum(amount) as revenue"
        " from orders where ds >= '20261001' group by city order by revenue desc limit 10",
    },
    {
        "title": "See why a query fails",
        "text": "A column is mistyped. The thread shows the place, the cause and a fix.",
        "command": "/odps run select nme, petallength from pyodps_iris where petallength > 4",
    },
    {
        "title": "Put it right",
        "text": "Edit & run opens the form with the statement. Type name for nme, and run it.",
        "place": "button",
        "button": "edit_run",
    },
    {
        "title": "Why is it slow?",
        "text": "A join waits for one of its workers. The thread says why, and what would help.",
        "command": "/odps run set sandbox.life=skew; set sandbox.life.from=600;"
        " select c.city, sum(o.amount) as revenue from orders o join customers c"
        " on o.customer_id = c.customer_id where o.ds >= '20261001' group by c.city",
    },
    {
        "title": "Start a job that hangs",
        "text": "One stage never progresses. Leave it for the next two steps.",
        "command": "/odps run set sandbox.stuck=true; select count(*) from customers",
    },
    {
        "title": "Watch the channel on a board",
        "text": "One message lists what is running here. Each run's name is a link to its card.",
        "command": "/odps board",
    },
    {
        "title": "Stop several at once",
        "text": "A preview of your active runs. One click stops exactly these.",
        "command": "/odps stop mine",
    },
    {
        "title": "Get a large result",
        "text": "The thread shows the first rows; CSV sends all rows as a file.",
        "command": "/odps run select * from orders where ds = '20261002' limit 5000",
    },
    {
        "title": "Follow a job with several steps",
        "text": "An XFlow: its card shows the steps as they start.",
        "command": "/odps xflow PAI -name split -DinputTableName=pyodps_iris"
        " -Doutput1TableName=iris_a -Doutput2TableName=iris_b -Dfraction=0.5",
    },
    {
        "title": "Estimate the cost",
        "text": "Nothing runs until you press Run it.",
        "command": "/odps cost select city, sum(amount) from orders where ds >= '20261001'"
        " group by city",
    },
    {
        "title": "Confirm an expensive query",
        "text": "In analytics, a query above 5 CNY asks for your confirmation.",
        "command": "/odps run --project analytics select city, sum(amount) from sandbox.orders"
        " where ds >= '20261001' group by city",
    },
    {
        "title": "Ask to change data",
        "text": "In analytics, a write waits for somebody else.",
        "command": "/odps run --project analytics insert into sandbox.stock values ('tulip', 30)",
        "acts_as": "bob",
    },
    {
        "title": "Approve what waits for you",
        "text": "The bot's Home lists it with its buttons. For 24 h: also with other values.",
        "place": "home",
        "button": "approve_run",
        "acts_as": "alice",
    },
    {
        "title": "Think twice before you drop a table",
        "text": "The card says how much would be lost. Press Don't, or Drop it.",
        "command": "/odps run drop table stock",
        "acts_as": "alice",
    },
    {
        "title": "Write longer SQL in a modal",
        "text": "/odps run opens it: several lines, settings, and who gets notified.",
        "command": "/odps run",
        "place": "modal",
    },
    {
        "title": "Ask in a thread",
        "text": "Slash commands don't work there. Mention the bot; it knows the run.",
        "command": "@odps status",
        "place": "thread",
    },
    {
        "title": "Run SQL from a message",
        "text": "The menu of a message runs the SQL in it.",
        "place": "message",
    },
    {
        "title": "List the team's jobs",
        "text": "Everybody's jobs, wherever they were started, each with its next step.",
        "command": "/odps list all",
    },
    {
        "title": "See everything else",
        "text": "All commands and how to use them.",
        "command": "/odps help",
    },
)

"""The steps of the tour for newcomers, in a good order to try them.

`place` is where a step happens: the channel's composer by default, `thread` (of the newest card),
`message` (the newest card's menu), `home` (the bot's App Home) or `shortcuts`.
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
        "text": "It takes a minute: watch the stages, then press Stop.",
        "command": "/odps run set sandbox.duration=60; select city, sum(amount) as revenue"
        " from orders where ds >= '20261001' group by city order by revenue desc limit 10",
    },
    {
        "title": "See why a query fails",
        "text": "The table doesn't exist. The thread shows the cause and a fix.",
        "command": "/odps run select * from no_such_table",
    },
    {
        "title": "Stop a job that hangs",
        "text": "One stage never progresses. Stop is the only way out.",
        "command": "/odps run set sandbox.stuck=true; select count(*) from customers",
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
        "title": "Get a write approved",
        "text": "Send it as Bob. Then, as Alice, read the statement in the channel and approve it.",
        "command": "/odps run --project analytics update sandbox.stock"
        " set quantity = quantity + 100 where quantity < 50",
    },
    {
        "title": "Write longer SQL in a modal",
        "text": "Several lines, settings, and who gets notified.",
        "command": "/odps run",
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
        "title": "See your runs at a glance",
        "text": "The bot's Home: your running and recent runs, the team's, and your defaults.",
        "place": "home",
    },
    {
        "title": "List the team's jobs",
        "text": "Everybody's jobs, wherever they were started.",
        "command": "/odps list all",
    },
    {
        "title": "See everything else",
        "text": "All commands and how to use them.",
        "command": "/odps help",
    },
)

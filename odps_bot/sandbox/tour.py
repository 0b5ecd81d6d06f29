"""What a newcomer can try, in the order in which it is best tried.

`place` says where: in the channel's composer unless it is `thread` (of the newest card), `message`
(the newest card's menu), `home` (the bot's App Home) or `shortcuts`.
"""

TOUR: tuple[dict[str, str], ...] = (
    {
        "title": "Run a query",
        "text": "Real SQL over Fisher's irises. The card goes on by itself; open its thread.",
        "command": "/odps run select name, count(*) as flowers, avg(petallength) as petal"
        " from pyodps_iris group by name order by name limit 10",
    },
    {
        "title": "Stop a slow one",
        "text": "Takes a minute: watch the stages, then press Stop.",
        "command": "/odps run set sandbox.duration=60; select city, sum(amount) as revenue"
        " from orders where ds >= '20261001' group by city order by revenue desc limit 10",
    },
    {
        "title": "See a failure",
        "text": "There is no such table: the thread shows the place, the cause and what to try.",
        "command": "/odps run select * from no_such_table",
    },
    {
        "title": "A job that hangs",
        "text": "One stage never moves. Stop is the only way out.",
        "command": "/odps run set sandbox.stuck=true; select count(*) from customers",
    },
    {
        "title": "A huge result",
        "text": "The thread shows the first rows; CSV sends all of them as a file.",
        "command": "/odps run select * from orders where ds = '20261002' limit 5000",
    },
    {
        "title": "A job of many steps",
        "text": "An XFlow: its card shows the steps as they begin.",
        "command": "/odps xflow PAI -name split -DinputTableName=pyodps_iris"
        " -Doutput1TableName=iris_a -Doutput2TableName=iris_b -Dfraction=0.5",
    },
    {
        "title": "What would it cost?",
        "text": "An estimate; nothing is run until you press Run it.",
        "command": "/odps cost select city, sum(amount) from orders where ds >= '20261001'"
        " group by city",
    },
    {
        "title": "What is dear asks first",
        "text": "In analytics, above 5 CNY, the card asks whether it is worth it.",
        "command": "/odps run --project analytics select city, sum(amount) from sandbox.orders"
        " where ds >= '20261001' group by city",
    },
    {
        "title": "What writes asks a second person",
        "text": "Send it as Bob; then, as Alice, read the statement in the channel and approve it.",
        "command": "/odps run --project analytics update sandbox.stock"
        " set quantity = quantity + 100 where quantity < 50",
    },
    {
        "title": "A form for longer SQL",
        "text": "Many lines, settings, whom to notify.",
        "command": "/odps run",
    },
    {
        "title": "Ask in a thread",
        "text": "Slash commands do not work there; mention the bot, and it knows the run.",
        "command": "@odps status",
        "place": "thread",
    },
    {
        "title": "Run what somebody wrote",
        "text": "A message's menu runs the SQL in it.",
        "place": "message",
    },
    {
        "title": "Your runs at a glance",
        "text": "The bot's Home: running, recent, the team's, and your defaults.",
        "place": "home",
    },
    {
        "title": "The team's jobs",
        "text": "Whoever started them, and wherever.",
        "command": "/odps list all",
    },
    {
        "title": "Everything else",
        "text": "What the bot can do, and how.",
        "command": "/odps help",
    },
)

"""What a newcomer can try, in the order in which it is best tried."""

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
        "text": "There is no such table; the thread says so in MaxCompute's words.",
        "command": "/odps run select * from no_such_table",
    },
    {
        "title": "A job that hangs",
        "text": "One stage never moves. Stop is the only way out.",
        "command": "/odps run set sandbox.stuck=true; select count(*) from customers",
    },
    {
        "title": "What is going on?",
        "text": "Your runs and this channel's, with the ids to go on with.",
        "command": "/odps status",
    },
    {
        "title": "Look inside",
        "text": "A link to the job's Logview page, which only you see.",
        "command": "/odps logview",
    },
    {
        "title": "Everything else",
        "text": "What the bot can do, and how.",
        "command": "/odps help",
    },
)

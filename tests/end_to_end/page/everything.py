"""A bit of everything that the page can show."""

from .kit import button, cell, field, options, plain, section

ROWS = 'city,note\nBerlin,"two\nlines"\n' + "".join(f"town {n},{n}\n" for n in range(40))
POINTS = [{"label": day, "value": 100 + at} for at, day in enumerate(("Mon", "Tue", "Wed"))]
CONFIRM = {
    "title": plain("Stop run r1?"),
    "text": plain("The work done so far is lost."),
    "confirm": plain("Stop it"),
    "deny": plain("Let it run"),
    "style": "danger",
}


def select(kind, action_id, **more):
    return {"type": kind, "action_id": action_id, "placeholder": plain("Choose"), **more}


CARD = [
    section("Some *words*, `code`, ~no~ and <https://example.com|a link>"),
    section("Menu", accessory={"type": "overflow", "action_id": "menu", "options": options("A")}),
    section("Select", accessory=select("static_select", "one", options=options("A", "B"))),
    {"type": "header", "text": plain("Heading")},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "small print"}]},
    {"type": "divider"},
    button("Stop", "stop", style="danger", confirm=CONFIRM),
    button("Ask", "ask", style="primary"),
    {
        "type": "actions",
        "elements": [select("multi_static_select", "tags", options=options("Daily", "Slow"))],
    },
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x\n" * 20}]}
        ],
    },
    {
        "type": "plan",
        "title": "Stages",
        "tasks": [
            {"task_id": name, "title": name, "status": status}
            for name, status in (
                ("M1", "complete"),
                ("R2", "in_progress"),
                ("J3", "pending"),
                ("J4", "error"),
            )
        ],
    },
]
RESULT = [
    {
        "type": "data_table",
        "caption": "Rows",
        "page_size": 2,
        "rows": [[cell("city"), cell("n")], *([cell(f"c{n}"), cell(n)] for n in range(9))],
    },
]
CHARTS = [
    {
        "type": "data_visualization",
        "title": "Shares",
        "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]},
    },
    {
        "type": "data_visualization",
        "title": "Revenue",
        "chart": {
            "type": "bar",
            "series": [{"name": "Berlin", "data": POINTS}, {"name": "Paris", "data": POINTS}],
            "axis_config": {"categories": ["Mon", "Tue", "Wed"], "x_label": "Day"},
        },
    },
    {"type": "card", "title": plain("orders"), "body": plain("A table")},
    {
        "type": "container",
        "title": plain("SQL"),
        "is_collapsible": True,
        "child_blocks": [section("inside")],
    },
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "opinion",
                "positive_button": {"text": plain("Helpful"), "value": "yes"},
                "negative_button": {"text": plain("Not helpful"), "value": "no"},
            }
        ],
    },
]
FIELDS = [
    section("What it is about"),
    field("SQL", "plain_text_input", multiline=True, max_length=3_000, hint=plain("A statement.")),
    field("Project", "static_select", options=options("Shop", "Ads")),
    field("Tags", "multi_static_select", options=options("Daily", "Slow")),
    field("Table", "external_select", min_query_length=0),
    field("Tell", "multi_users_select"),
    field("Extras", "checkboxes", options=options("CSV")),
    field("Speed", "radio_buttons", options=options("Fast")),
    field("Rows", "number_input", is_decimal_allowed=False),
    field("Day", "datepicker"),
    field("When", "datetimepicker"),
    field("Script", "file_input"),
]
HOME = {
    "type": "home",
    "blocks": [
        {"type": "header", "text": plain("MaxCompute runs")},
        section("*Your runs*"),
        section(
            "*Project*\nWhere statements run",
            accessory=select("static_select", "project", options=options("A")),
        ),
        button("Stop", "stop_at_home", confirm=CONFIRM),
    ],
}

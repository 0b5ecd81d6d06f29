"""Who is there, where, and what the team's rules are."""

TEAM, BOT = "T1", "UBOT"
RUNNERS = ("U1", "U2", "U3")
WRITERS = ("U4", "U5")
ADMINS = ("U8", "U9")
NOBODY = "U7"
CHANNELS = ("C1", "C2", "C3", "C4")

ROLES = {
    **dict.fromkeys(WRITERS, "writer"),
    **dict.fromkeys(ADMINS, "admin"),
    NOBODY: "viewer",
}

#: Reads run at once; changes are approved; what costs is asked about, within budgets.
FREE, GUARDED, PRICED = "free", "guarded", "priced"
PROJECTS = (FREE, GUARDED, PRICED)

PRICE, AUTOMATIC_LIMIT, CAP = 1, 10, 100
PROJECT_BUDGET, PERSON_BUDGET = 300, 150

RULES = f"""
[roles]
default = "runner"
users = {{ {", ".join(f'{user} = "{role}"' for user, role in ROLES.items())} }}

[projects.{FREE}]

[projects.{GUARDED}]
approve = ["write", "ddl", "unknown"]
approval_hours = 0.03

[projects.{PRICED}]
price_per_gb = "{PRICE} CNY"
automatic_limit = {AUTOMATIC_LIMIT}
cap = {CAP}
daily_budget = {PROJECT_BUDGET}
approval_hours = 0.03

[budgets]
person = {PERSON_BUDGET}
"""

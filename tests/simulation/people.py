"""Who is there, where, and what the team's rules are."""

TEAM, BOT = "T1", "UBOT"
RUNNERS = tuple(f"U1{number}" for number in range(9))
WRITERS = tuple(f"U2{number}" for number in range(6))
ADMINS = tuple(f"U3{number}" for number in range(4))
NOBODY = "U40"
CHANNELS = tuple(f"C{number}" for number in range(1, 17))

ROLES = {
    **dict.fromkeys(WRITERS, "writer"),
    **dict.fromkeys(ADMINS, "admin"),
    NOBODY: "viewer",
}

#: Reads run at once; changes are approved; what costs is asked about, within budgets.
FREE, GUARDED, PRICED = "free", "guarded", "priced"
PROJECTS = (FREE, GUARDED, PRICED)

PRICE, AUTOMATIC_LIMIT, CAP = 1, 10, 100
PROJECT_BUDGET, PERSON_BUDGET = 1_000, 150

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

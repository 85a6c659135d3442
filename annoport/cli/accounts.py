"""`annoport login`, `logout` and `profiles`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import click

from annoport.cli.connecting import described
from annoport.cli.index import platforms
from annoport.cli.options import Settings, common_options, option, own, settings_of
from annoport.cli.talk import NAME, say
from annoport.cli.writers import writer_for
from annoport.core.contract.extensions import Platform
from annoport.core.http.auth import LoginAuth
from annoport.core.http.other_profiles import read_other
from annoport.core.http.profiles import DEFAULT, profiles_file, read_profiles, write_profile


def login_command() -> click.Command:
    """Return `annoport login`."""
    return click.Command(
        "login",
        callback=_login,
        help="Log in to a server, and remember that in a profile.\n\nIt asks for a user name and a "
        "password, and keeps the token that the server gives for them. The file of profiles is "
        "readable by you alone.",
        params=[
            click.Argument(["platform"], type=_platforms()),
            click.Argument(["url"]),
            option("--profile", default=DEFAULT, show_default=True, help="The name to give it."),
            option("--username", help="The user name, which is asked for otherwise."),
            option(
                "--with-token",
                is_flag=True,
                help="Read a token of yours from stdin, instead of a user name and a password.",
            ),
            option("--credential", help="Which kind of token it is, if there are several."),
            *_insecure(),
            *_talking(),
        ],
    )


def logout_command() -> click.Command:
    """Return `annoport logout`."""
    return click.Command(
        "logout",
        callback=_logout,
        help="Forget a profile. The token stays valid on the server.",
        params=[
            click.Argument(["platform"], type=_platforms()),
            option("--profile", default=DEFAULT, show_default=True, help="The name of it."),
            *_talking(),
        ],
    )


def profiles_command() -> click.Command:
    """Return `annoport profiles`."""
    return click.Command(
        "profiles",
        callback=_profiles,
        help="List the profiles, without their secrets.",
        params=[*common_options(taken=("--profile", "--url"))],
    )


def _platforms() -> click.ParamType[Any]:
    return click.Choice(platforms())


def _talking() -> list[click.Option]:
    return [one for one in common_options() if one.opts[0] in {"--quiet", "--debug"}]


def _insecure() -> list[click.Option]:
    return [one for one in common_options() if one.opts[0] == "--insecure"]


def _login(platform: str, url: str, **given: Any) -> None:
    rules = described(platform)
    verify = not given[own("--insecure")]
    if given[own("--with-token")]:
        keyword = given[own("--credential")] or next(iter(rules.credentials))
        if keyword not in rules.credentials:
            known = ", ".join(rules.credentials)
            raise click.UsageError(f"--credential {keyword}: {rules.title} has {known}")
        settings = {keyword: _token(rules)}
    else:
        settings = _by_password(platform, rules, url, given[own("--username")], verify=verify)
    who, address = _try_out(platform, rules, url, settings, verify=verify)
    name = given[own("--profile")]
    write_profile(rules, name, {"base_url": address, **settings})
    if not given[own("--quiet")]:
        said = f" as {who}" if who is not None else ""
        say(f"logged in to {rules.title} at {address}{said}: profile {name!r} in {profiles_file()}")


def _token(rules: Platform) -> str:
    if sys.stdin.isatty():
        token: str = click.prompt(f"Token for {rules.title}", hide_input=True, err=True)
        return token.strip()
    token = sys.stdin.readline().strip()
    if not token:
        raise click.UsageError("--with-token: stdin has no token")
    return token


def _by_password(
    platform: str, rules: Platform, url: str, username: str | None, *, verify: bool
) -> dict[str, str]:
    """Return what a user name and a password are good for: a token, or themselves."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(
            "nobody can be asked here for a password: pipe a token into --with-token"
        )
    username = username or click.prompt(f"User name for {rules.title}", err=True)
    password = click.prompt("Password", hide_input=True, err=True)
    login = rules.login
    if login is None:
        return {"username": username, "password": password}
    auth = LoginAuth(username, password, login, rules.credentials[login.credential])
    with importlib.import_module(f"annoport_{platform}").Client(url, verify=verify) as client:
        answer = client.call(client.operation(login.operation), {}, body=auth.body())
    auth.accept(answer.content)
    granted = auth.granted
    return {login.credential: granted.secret} if granted is not None else {}


def _try_out(
    platform: str, rules: Platform, url: str, settings: dict[str, str], *, verify: bool
) -> tuple[str | None, str]:
    """Return who the server takes us for, and its address as the client understands it."""
    kind = importlib.import_module(f"annoport_{platform}").Client
    with kind(url, verify=verify, **settings) as client:
        who = client.account_id() if rules.account is not None else None
        address: str = client.base.url
    return (None if who is None else f"user {who}"), address


def _logout(platform: str, **given: Any) -> None:
    rules = described(platform)
    name = given[own("--profile")]
    if name not in read_profiles(rules):
        other = rules.other_profiles
        if other is not None and name in read_other(other).profiles:
            raise click.UsageError(
                f"the profile {name!r} for {rules.title} is of {other.program}, which can delete it"
            )
        raise click.UsageError(f"there is no profile {name!r} for {rules.title}")
    write_profile(rules, name, None)
    if not given[own("--quiet")]:
        say(f"forgot the profile {name!r} for {rules.title}")


def _profiles(**given: Any) -> None:
    settings: Settings = settings_of(given)
    rows = [row for platform in platforms() for row in _rows(platform, described(platform))]
    writer = writer_for(settings, one=False)
    writer.rows(rows)
    writer.end()


def _rows(platform: str, rules: Platform) -> Iterator[dict[str, str]]:
    """Yield what is shown of each profile, in the order in which they count."""
    kept: dict[str, dict[str, dict[str, str]]] = {NAME: read_profiles(rules)}
    if rules.other_profiles is not None:
        kept[rules.other_profiles.program] = read_other(rules.other_profiles).profiles
    for program, profiles in kept.items():
        for name, one in profiles.items():
            yield {"platform": platform, "profile": name, "url": one["base_url"], "of": program}

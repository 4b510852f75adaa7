"""The set-up page in a real browser: the first thing that an administrator of a new server sees."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Iterator

import pytest

from conclave.server import Conclave

pytestmark = pytest.mark.ours_only
PASSWORD = "correct horse battery staple"


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Conclave]:
    """A server as in real life, before its first administrator."""
    running = Conclave(tmp_path / "server", test_profile=False)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Iterator:
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    assert program, "Debian's chromium is missing; Scripts/setup --tests installs it"
    with sync_playwright() as playwright:
        # The certificate is our own authority's; whether it is trusted is not what the page is tested for.
        arguments = ["--no-sandbox", f"--host-resolver-rules=MAP {Conclave.name} 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        context = browser.new_context(
            ignore_https_errors=True, locale=getattr(request, "param", "en-GB"), viewport={"width": 390, "height": 800})
        yield context.new_page()
        browser.close()


def link(server: Conclave) -> str:
    found = re.search(r"https://\S+/setup#\S+", server.log.read_text())
    assert found, server.tail()
    return found.group()


def fill(page, name: str, password: str = PASSWORD, again: str | None = None) -> None:
    page.fill("#name", name)
    page.fill("#password", password)
    page.fill("#again", again if again is not None else password)
    page.click("button")


def test_the_printed_link_makes_the_first_administrator_once(real: Conclave, page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(link(real))
    assert "#" not in page.url, "the token must not stay in the address"
    fill(page, "root", again="something else entirely")
    assert page.text_content("#message") == "The two passwords differ."
    fill(page, "root")
    page.wait_for_selector("#success:not([hidden])")
    assert page.text_content("#user") == f"@root:{real.name}"
    assert page.evaluate("document.activeElement.id") == "success"
    assert not complaints, complaints

    client = real.client()
    assert real.client().login("root", PASSWORD).get("account/whoami")["user_id"] == f"@root:{real.name}"

    page.goto("about:blank")
    page.goto(link(real))
    assert page.query_selector("form") is None and "administrator already" in page.text_content("main")


@pytest.mark.parametrize("page", ["zh-CN"], indirect=True)
def test_it_speaks_chinese_also_when_it_refuses(real: Conclave, page) -> None:
    page.goto(link(real) + "x")
    assert page.get_attribute("html", "lang") == "zh-CN"
    fill(page, "root")
    page.wait_for_function("document.getElementById('message').textContent !== ''")
    assert "此链接已失效" in page.text_content("#message")


def test_it_works_by_keyboard_alone(real: Conclave, page) -> None:
    page.goto(link(real))
    page.keyboard.press("Tab")
    for text in ("root", PASSWORD, PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#success:not([hidden])")


def test_without_the_token_it_says_what_is_missing(real: Conclave, page) -> None:
    page.goto(f"{real.url}/setup")
    assert "not complete" in page.text_content("#message")

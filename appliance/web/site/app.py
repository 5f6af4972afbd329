"""The web process: builds the site from the route table and serves it over HTTPS until it is told to stop.

It holds a TLS key and the office's drafts, and nothing else: no footage key, no ledger, no ring.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import jinja2
from aiohttp import web

from appliance import __version__
from appliance.core.clock import Clock, SystemClock
from appliance.core.errors import RecorderError, UsageError
from appliance.core.settings import Settings
from appliance.papers.sheets.printer import Printer
from appliance.papers.sheets.templates import read_templates
from appliance.process.confinement import hide_memory, name_process
from appliance.process.heartbeat import EVERY_SECONDS, Heart
from appliance.protocol.callers import own_token, server_uids
from appliance.protocol.endpoint import Request
from appliance.protocol.notices import DOCUMENTS_LOST
from appliance.protocol.transport import Client
from appliance.storage.documents import open_documents
from appliance.storage.files import Fs, RealFs
from appliance.web.forms.body import FORM_BYTES
from appliance.web.http.connection_limits import Door, Patience, allow_open_files
from appliance.web.http.paper_printing import PaperPrinter
from appliance.web.http.request_context import SITE, Site
from appliance.web.http.static_files import read_static_files
from appliance.web.i18n.messages import read_messages
from appliance.web.keeper_client.client import Keeper
from appliance.web.keeper_client.scans import ScanClient
from appliance.web.notices.outbox import Outbox
from appliance.web.notices.recipients import read_recipients
from appliance.web.notices.sending import send
from appliance.web.notices.telling import Teller, words_of
from appliance.web.saved_forms.drafts import Drafts
from appliance.web.saved_forms.sent import SentForms
from appliance.web.site.middlewares import ROUTE_OF, bear_headers, build_middlewares, put_headers
from appliance.web.site.routes import ROUTES

__all__ = ["build_app", "run_web", "serve"]

_THREADS = 32
_BACKLOG = 128
PATIENCE = Patience()
_STOP_SECONDS = 3.0
_log = logging.getLogger(__name__)
GIVEN_UP: web.AppKey[str] = web.AppKey("given-up", str)
"""What was wrong with the documents, which were begun anew; "" where nothing was."""


def build_app(
    settings: Settings,
    fs: Fs,
    clock: Clock,
    random: Callable[[int], bytes],
    client: Client,
    patience: Patience = PATIENCE,
) -> web.Application:
    """The site, not yet listening. Blocking: reads templates, catalogue and documents."""
    layout, origin = settings.layout, settings.web.origin
    documents, given_up = open_documents(fs, layout.web, random)
    if given_up:
        _log.warning("drafts are lost: %s", given_up)
    static, paper_templates = read_static_files(), read_templates()
    papers = PaperPrinter(paper_templates, Printer(paper_templates))
    app = web.Application(
        middlewares=build_middlewares(origin, settings.web.station_origin), client_max_size=FORM_BYTES
    )
    app[SITE] = Site(
        keeper=Keeper(client),
        scans=ScanClient(client),
        messages=read_messages(),
        templates=_templates(),
        static=static,
        drafts=Drafts(documents, clock),
        sent=SentForms(documents, clock),
        papers=papers,
        clock=clock,
        random=random,
        authority_pem=fs.read(os.path.join(layout.web, "ca.crt")),
        origin=origin,
        station_address=settings.web.station_origin,
        version=__version__,
        patience=patience,
    )
    app[ROUTE_OF] = {(route.method, route.path): route for route in ROUTES}
    for route in ROUTES:
        app.router.add_route(route.method, route.path, route.handler)
    app.router.add_get("/static/{name:.+}", static.serve)

    async def close(_: web.Application) -> None:
        papers.close()
        await asyncio.to_thread(documents.close)

    app[GIVEN_UP] = given_up
    app.on_response_prepare.append(put_headers)
    app.on_cleanup.append(close)
    return app


def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("appliance.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _tls(settings: Settings, *, stations: bool = False) -> ssl.SSLContext:
    """``stations``: whoever connects proves itself with a certificate of the office's authority. Which station that
    is, and whether it may show anything, is the keeper's to say."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    chain, key = (os.path.join(settings.layout.web, name) for name in ("tls.pem", "tls.key"))
    try:
        context.load_cert_chain(chain, key)
    except (OSError, ssl.SSLError) as error:
        raise UsageError.of("web-certificate", chain=chain, why=error) from error
    if stations:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(os.path.join(settings.layout.web, "ca.crt"))
    return context


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    on_listening: Callable[[], None] = lambda: None,
    patience: Patience = PATIENCE,
) -> None:
    """Serves until ``stop`` is set. Raises UsageError when the address cannot be listened on."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="keeper-call"))
    client = Client(settings.layout.socket("keeper"), caller=own_token(), server=server_uids("keeper"))
    clock = SystemClock(assume_trusted=settings.assume_trusted_clock)
    app = await asyncio.to_thread(build_app, settings, RealFs(), clock, os.urandom, client, patience)
    teller = await asyncio.to_thread(_teller, settings, client, clock, app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_SECONDS)
    await runner.setup()
    listening: list[asyncio.Server] = []
    try:
        listening.append(await _listen(runner, patience, settings.web.host, settings.web.port, _tls(settings)))
        if port := settings.web.station_port:
            tls = _tls(settings, stations=True)
            listening.append(await _listen(runner, patience, settings.web.host, port, tls))
        on_listening()
        telling = asyncio.create_task(_tell_loss(Keeper(client), app[GIVEN_UP]))
        noticing = asyncio.create_task(teller.run()) if teller is not None else None
        await stop.wait()
        telling.cancel()
        if noticing is not None:
            noticing.cancel()
    finally:
        for each in listening:
            each.close()
        await runner.cleanup()
        client.close()


async def _listen(
    runner: web.AppRunner, patience: Patience, host: str, port: int, tls: ssl.SSLContext
) -> asyncio.Server:
    """Raises UsageError."""
    server = runner.server
    if server is None:
        raise UsageError.of("web-not-set-up")
    try:
        return await asyncio.get_running_loop().create_server(
            Door(server, patience, bear_headers, tls),
            host,
            port,
            backlog=_BACKLOG,
        )
    except OSError as error:
        raise UsageError.of("web-port", host=host, port=port, why=error.strerror or error) from error


def _teller(settings: Settings, client: Client, clock: Clock, app: web.Application) -> Teller | None:
    """None where nobody is to be told. Raises UsageError for a file that is none."""
    recipients = read_recipients(settings.notices)
    if not recipients:
        return None
    path = os.path.join(settings.layout.web, "notices")
    outbox = Outbox(RealFs(), path, recipients, words_of(app[SITE].messages))
    return Teller(Keeper(client), outbox, clock, send, app[SITE].messages)


async def _tell_loss(keeper: Keeper, given_up: str) -> None:
    """Tells the keeper, as soon as it answers, that documents were lost."""
    while given_up:
        try:
            await keeper.ask(DOCUMENTS_LOST, Request())
        except RecorderError:
            await asyncio.sleep(EVERY_SECONDS)
        else:
            return


async def _beat() -> None:
    """Signs of life for as long as the loop that serves turns."""
    heart = Heart(SystemClock())
    while True:
        heart.beat()
        await asyncio.sleep(EVERY_SECONDS)


def run_web(settings: Settings) -> None:
    """The process's entry: serves until SIGTERM or SIGINT. Footage passes its memory, which leaves no core."""
    hide_memory()
    name_process("web")
    allow_open_files()

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        hearts: list[asyncio.Task[None]] = []
        await serve(settings, stop, lambda: hearts.append(asyncio.create_task(_beat())))

    asyncio.run(main())

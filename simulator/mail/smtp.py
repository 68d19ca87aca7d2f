"""The practice mail server's wire: SMTP with STARTTLS and AUTH on a free port, in a thread of its own."""

import asyncio
import logging
import socket
import ssl
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from simulator.mail.certificate import self_signed
from simulator.mail.post_office import PostOffice

_LARGEST = 10 * 2**20


class _Handler:
    """Refuses what the postmaster refuses; everything else is taken."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._office.postmaster.refusal(address, "rcpt")
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        for address in envelope.rcpt_tos:
            refusal = self._office.postmaster.refusal(address, "data")
            if refusal is not None:
                return refusal
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        letter = self._office.take(sender=envelope.mail_from or "", recipients=list(envelope.rcpt_tos), raw=raw)
        return f"250 2.0.0 queued as {letter.id}"


class MailServer:
    """`needs_login` and `needs_tls` are what a provider asks for; turned off they make a plain sink."""

    def __init__(
        self, office: PostOffice, *, seed: int, needs_login: bool = True, needs_tls: bool = True, port: int = 0
    ) -> None:
        self._office = office
        self._seed = seed
        self._wanted_port = port
        self._context: ssl.SSLContext | None = None
        self.needs_login = needs_login
        self.needs_tls = needs_tls
        self.host = "127.0.0.1"
        self.port = 0

    def certificate(self) -> str:
        """What a client must trust, as PEM."""
        return self_signed(self._seed)[0]

    @contextmanager
    def running(self) -> Generator[None]:
        with socket.create_server((self.host, self._wanted_port)) as listener:
            self.port = listener.getsockname()[1]
            logging.getLogger("mail.log").setLevel(logging.ERROR)  # the library warns of its own past on each login
            loop = asyncio.new_event_loop()
            started = Event()
            thread = Thread(target=self._run, args=(loop, listener, started), name="mail server", daemon=True)
            thread.start()
            started.wait()
            try:
                yield
            finally:
                loop.call_soon_threadsafe(loop.stop)
                thread.join(timeout=10)

    def _run(self, loop: asyncio.AbstractEventLoop, listener: socket.socket, started: Event) -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(loop.create_server(lambda: self._session(loop), sock=listener))
        started.set()
        try:
            loop.run_forever()
        finally:
            server.close()
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    def _session(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(
            _Handler(self._office),
            data_size_limit=_LARGEST,
            hostname="mail.practice.example",
            ident="practice mail",
            tls_context=self._tls_context(),
            require_starttls=self.needs_tls,
            auth_required=self.needs_login,
            auth_require_tls=self.needs_tls,
            authenticator=self._authenticate,
            loop=loop,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        keys = self._office.keys
        known = (
            isinstance(data, LoginPassword)
            and data.login == keys.mail_user.encode()
            and data.password == keys.mail_password.encode()
        )
        return AuthResult(success=known, handled=known)

    def _tls_context(self) -> ssl.SSLContext:
        """Made when the first client comes: finding two large primes takes a moment."""
        if self._context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with tempfile.TemporaryDirectory() as folder:
                chain = Path(folder) / "chain.pem"
                chain.write_text("".join(self_signed(self._seed)))
                context.load_cert_chain(chain)
            self._context = context
        return self._context

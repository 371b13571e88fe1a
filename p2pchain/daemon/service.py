"""The life of the process: from the data directory to a listening node, and down again within two seconds."""

import asyncio
import os
import random
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from p2pchain import __version__
from p2pchain.chain.keys import SEED_SIZE
from p2pchain.chain.network import Network
from p2pchain.daemon import clock, files, peer_files
from p2pchain.daemon.driver import Driver
from p2pchain.daemon.garbage import Garbage
from p2pchain.daemon.network import NetworkPorts
from p2pchain.daemon.notify import Notifier
from p2pchain.daemon.options import Options
from p2pchain.daemon.report import Reports
from p2pchain.daemon.storage import Storage
from p2pchain.daemon.verifier import Verifier
from p2pchain.errors import StoreError, UsageError
from p2pchain.mining.miner import Job, Miner
from p2pchain.net.listener import bind_tcp, listen_tcp, listen_unix
from p2pchain.node import actions
from p2pchain.node.config import NodeConfig
from p2pchain.node.events import Address, NonceFound, TimePassed
from p2pchain.node.limits import WINDOW_BLOCKS
from p2pchain.node.machine import Node
from p2pchain.store.lock import DirectoryLock
from p2pchain.store.store import Store

CONTROL_SOCKET = "control.sock"
GOODBYE_S = 0.5
STATUS_INTERVAL_S = 2.0
NONCE_BITS = 63
NODE_ID_SIZE = 16

# A thread that computes gives way to another after so long. Left at Python's 5 ms, the loop waits its turn behind those
# that decode, check and store, and stands still for 50 ms again and again while a chain is fetched.
SWITCH_S = 0.0005


def run(options: Options) -> None:
    """Run a node until it is told to stop.

    Raises:
        LocalError: it cannot start, or cannot go on.
    """
    sys.setswitchinterval(SWITCH_S)
    reports = Reports(options.log_level)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(options, reports))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Choose uvloop where it is installed, unless P2PCHAIN_LOOP says asyncio."""
    if os.environ.get("P2PCHAIN_LOOP") == "asyncio":
        return None
    try:
        import uvloop  # noqa: PLC0415  # it may be missing, and everything still works
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _serve(options: Options, reports: Reports) -> None:
    network = files.load_network(options.data, options.network_file)
    # Before the chain is begun: what cannot start leaves no network behind that the next start would have to be of.
    with _bound(options) as listener:
        store = Store(options.data, network)
        try:
            files.keep_network(options.data, network)
            await Service(options, network, store, listener, reports).serve()
        finally:
            store.close()


def _bound(options: Options) -> socket.socket:
    """Take the address to listen on. Where another node on the same data has it, that is what is said."""
    try:
        return bind_tcp(options.listen.host, options.listen.port)
    except UsageError:
        DirectoryLock(options.data).release()
        raise


class Service:
    """One node in its process."""

    def __init__(
        self, options: Options, network: Network, store: Store, listener: socket.socket, reports: Reports
    ) -> None:
        """Take what was chosen, the opened data directory, and the bound address."""
        self._options = options
        self._network = network
        self._store = store
        self._listener = listener
        self._reports = reports
        self._notifier = Notifier()
        self._stop = asyncio.Event()
        self._fault: StoreError | None = None
        self._files = ThreadPoolExecutor(1, thread_name_prefix="files")
        self._unkept: dict[str, Callable[[Path], None]] = {}

    async def serve(self) -> None:
        """Run until told to stop.

        Raises:
            UsageError: a file, or the path of the control socket, cannot be used.
            StoreError: the file of the chain has become unusable.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        headers = self._store.reader()
        ports = NetworkPorts(lambda event, done: driver.post(event, done), self._options.dial_from)  # noqa: PLW0108  # bound below
        server, port = await listen_tcp(ports.accept, self._listener)
        control = await listen_unix(ports.accept_control, self._options.data / CONTROL_SOCKET)
        node = Node(
            self._config(port), self._store.restore(WINDOW_BLOCKS), headers, self._chance(), clock.now()
        )
        driver = Driver(node, self._end_with)
        storage = Storage(self._store, driver.post_from_thread)
        verifier = Verifier(self._network, driver.post_from_thread)
        miner = Miner(
            lambda job, nonce: driver.post_from_thread(NonceFound(job, nonce)),
            time.monotonic,
            self._network.search_rate,
            self._options.mining_threads,
        )
        self._connect(driver, ports, storage, verifier, miner)
        garbage = Garbage(time.monotonic())  # it looks through all that there is: before anybody may call
        try:
            for each in (server, control):
                await each.start_serving()
            driver.post(TimePassed())
            self._say(
                f"listening on {Address(self._options.listen.host, port)}, network {self._network.name}"
            )
            self._notifier.ready("listening")
            await self._until_stopped(node, driver, miner, garbage)
        finally:
            await self._end(driver, node, ports, [server, control], miner)
            verifier.close()
            await asyncio.to_thread(storage.close)
            self._files.shutdown()
            headers.close()
        if fault := self._fault or storage.fault:
            raise fault

    def _connect(
        self, driver: Driver, ports: NetworkPorts, storage: Storage, verifier: Verifier, miner: Miner
    ) -> None:
        """Say who carries out which action."""
        driver.on(actions.Send, lambda action: ports.send(action.connection, action.data))
        driver.on(actions.Close, lambda action: ports.close(action.connection, action.reason))
        driver.on(actions.PauseReading, lambda action: ports.pause_reading(action.connection))
        driver.on(actions.ResumeReading, lambda action: ports.resume_reading(action.connection))
        driver.on(actions.Dial, lambda action: ports.dial(action.address))
        driver.on(actions.CheckSignatures, verifier.check_signatures)
        driver.on(actions.CheckBlock, verifier.check_block)
        driver.on(actions.StorePending, storage.write)
        driver.on(actions.CommitChain, storage.write)
        driver.on(actions.LoadPending, storage.write)
        driver.on(actions.ExpirePending, storage.write)
        driver.on(actions.ProbeStore, storage.write)
        driver.on(actions.LoadBlocks, storage.read)
        driver.on(actions.FillContents, storage.write)
        driver.on(actions.ForgetContents, storage.write)
        driver.on(actions.LoadContents, storage.read)
        driver.on(actions.LoadProof, storage.read)
        driver.on(actions.LoadEvents, storage.read)
        driver.on(actions.SaveAddresses, self._save_addresses)
        driver.on(actions.SaveBans, self._save_bans)
        driver.on(
            actions.Search,
            lambda action: miner.start(
                Job(action.job, action.header, action.target, secrets.randbits(NONCE_BITS))
            ),
        )
        driver.on(actions.StopSearch, lambda _: miner.stop())
        driver.on(
            actions.Report,
            lambda action: self._reports.report(action.level, action.text, clock.now().ticks_ms),
        )
        driver.on(actions.StopNode, lambda _: self._stop.set())

    def _end_with(self, fault: StoreError) -> None:
        """Stop because of a fault, and say it at the end."""
        self._fault = fault
        self._stop.set()

    def _save_addresses(self, action: actions.SaveAddresses) -> None:
        """Write beside the loop, which must not wait for a disk; one after another, so that the newest stays."""
        self._files.submit(
            self._keep, peer_files.ADDRESSES_FILE, partial(peer_files.save_addresses, kept=action)
        )

    def _save_bans(self, action: actions.SaveBans) -> None:
        self._files.submit(self._keep, peer_files.BANS_FILE, partial(peer_files.save_bans, kept=action))

    def _keep(self, name: str, save: Callable[[Path], None]) -> None:
        """Write a file; where that cannot be done, say once what the next start will not know, and try again later."""
        try:
            save(self._options.data)
            self._unkept.pop(name, None)
        except OSError as error:
            text = f"{name} cannot be written ({error.strerror}): what changed is lost at a stop; make room for it"
            if name not in self._unkept:
                self._reports.report("error", text, clock.now().ticks_ms)
            self._unkept[name] = save

    def _keep_again(self) -> None:
        """Write what could not be written; in its turn, so that nothing older replaces what has been since."""
        for name, save in list(self._unkept.items()):
            self._keep(name, save)

    def _config(self, port: int) -> NodeConfig:
        options = self._options
        kept = peer_files.load_addresses(options.data)
        return NodeConfig(
            network=self._network,
            listen=Address(options.listen.host, port),
            peers=options.peers,
            addresses=kept.addresses,
            added=kept.added,
            removed=kept.removed,
            bans=peer_files.load_bans(options.data),
            outbound_max=options.outbound_max,
            mining=options.mining,
            miner=files.miner_key(options.data, secrets.token_bytes(SEED_SIZE)).public,
            agent=f"p2pchain/{__version__}",
            node_id=secrets.token_bytes(NODE_ID_SIZE),
        )

    @staticmethod
    def _chance() -> random.Random:
        return random.Random(secrets.token_bytes(SEED_SIZE))  # noqa: S311  # spreads load; guards no secret

    async def _until_stopped(self, node: Node, driver: Driver, miner: Miner, garbage: Garbage) -> None:
        """Tell systemd, now and then, how the node is; from the loop itself, so that a blocked one is noticed."""
        interval_s = min(STATUS_INTERVAL_S, self._notifier.watchdog_s or STATUS_INTERVAL_S)
        while not self._stop.is_set():
            node.note_hash_rate(miner.take_hash_rate())
            status = node.status(clock.now())
            self._notifier.status(f"height {status.height} peers {status.peers} pending {status.pending}")
            self._notifier.alive()
            garbage.look(time.monotonic(), driver.handled)
            if self._unkept:
                self._files.submit(self._keep_again)
            try:
                async with asyncio.timeout(interval_s):
                    await self._stop.wait()
            except TimeoutError:
                continue

    async def _end(
        self, driver: Driver, node: Node, ports: NetworkPorts, servers: list[asyncio.Server], miner: Miner
    ) -> None:
        """Take nothing more in, say goodbye, and let it go out."""
        self._say("stopping")
        self._notifier.stopping()
        for server in servers:
            server.close()
        await asyncio.to_thread(miner.close)
        node.say_goodbye()
        driver.carry_out()
        await ports.close_all(GOODBYE_S)
        driver.close()
        (self._options.data / CONTROL_SOCKET).unlink(missing_ok=True)

    def _say(self, text: str) -> None:
        self._reports.report("info", text, clock.now().ticks_ms)

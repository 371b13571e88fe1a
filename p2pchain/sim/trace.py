"""What counts of an event in a world's digest: enough that two runs which differ anywhere differ there soon."""

from p2pchain.chain.block import Block
from p2pchain.node import events
from p2pchain.node.events import Event


def traced(event: Event) -> bytes:
    """Give an event's mark: what came from a line whole, results of a host's own work in short."""
    # By far the most are of these two kinds.
    if isinstance(event, events.BytesReceived):
        return b"%d " % event.connection + event.data
    if isinstance(event, events.TimePassed):
        return b""
    match event:
        case events.BlockChecked(job, verdict, final):
            return b"%d %d " % (job, final) + (
                verdict.hash if isinstance(verdict, Block) else verdict.code.encode()
            )
        case events.ChainCommitted(job, confirmed, returned, last_event):
            return b"%d %d %d %d" % (job, len(confirmed), returned.count, last_event)
        case events.SignaturesChecked(job, valid):
            return b"%d " % job + bytes(valid)
        case events.PendingStored(job, outcomes, evicted, last_event):
            codes = " ".join(each.value for each in outcomes).encode()
            return b"%d %d %d " % (job, len(evicted), last_event) + codes
        case events.BlocksLoaded(job, found) | events.ContentsLoaded(job, found):
            return b"%d %d" % (job, len(found))
        case events.EventsLoaded(job, loaded) | events.PendingLoaded(job, loaded):
            return b"%d %d" % (job, len(loaded))
        case events.CommitRefused(job, culprit, _):
            return b"%d " % job + culprit
        case _:
            return repr(event).encode()

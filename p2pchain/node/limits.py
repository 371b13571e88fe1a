"""Every bound on what a peer can make us keep, do or wait for, in one place, each with its unit and its reason.

The limits of single messages stand with the messages, in `wire/messages`. Times are in milliseconds.
"""

SECOND = 1_000
MINUTE = 60 * SECOND

# Connections. Bitcoin Core allows 125, of which 8 to 11 are dialled; a node here talks to fewer peers.
INBOUND_MAX = 56
OUTBOUND_DEFAULT = 8
CONTROL_MAX = 64

# When the places for inbound peers are taken: so many are kept for the group that they are in, and so many for how near
# they are (Bitcoin Core's figures, for twice as many places).
SPARED_GROUPS = 4
SPARED_NEAREST = 8

# A peer that connects and says nothing holds a slot: ten seconds are many round trips.
HANDSHAKE_TIMEOUT_MS = 10 * SECOND

# A silent peer is asked for a sign of life, and is gone when none comes: routers drop quiet connections after minutes.
PING_INTERVAL_MS = 30 * SECOND
SILENCE_MAX_MS = 90 * SECOND

# Pings that are due about the same time go out together: one wake serves them all.
PINGS_TOGETHER_MS = 1 * SECOND

# Dialling starts again soon, then ever more slowly, for ever: a peer that is down for a week is found within a minute.
REDIAL_FIRST_MS = 500
REDIAL_MAX_MS = 60 * SECOND

# An address known only by hearsay is forgotten after this many failures; one added by hand never. Addresses from the
# book are dialled no faster than this, and when none of them will do, it is read again so much later.
GOSSIP_TRIES = 8
GOSSIP_DIAL_EVERY_MS = 250
GOSSIP_LOOK_EVERY_MS = 5 * SECOND

# Addresses that peers told us: enough to find a network again, few enough to fill no memory. Whoever holds one part of
# the network (a group: /16 of IPv4, /32 of IPv6) fills a sixteenth of them at most, and hardly any with addresses of
# one other group.
ADDRESSES_MAX = 1_000
ADDRESSES_PER_SOURCE = 64
ADDRESSES_PER_GROUP = 32
ADDRESSES_PER_MESSAGE = 100

# Addresses where a node was met by dialling it: hearsay displaces none of them, and of four draws three are theirs.
MET_MAX = 256
MET_PER_GROUP = 16
MET_CHANCE = 0.75
ADDRESS_KEPT_MS = 30 * 24 * 60 * MINUTE

# What a peer may tell unasked: an address in ten seconds (Bitcoin Core's rate), and no more at once than one answer.
ADDRESS_EVERY_MS = 10 * SECOND

# How often one connection is told addresses: an answer is a random part of the book, and many would be all of it.
GET_PEERS_EVERY_MS = 60 * SECOND

# A clock so far from the median of the peers' is told to the operator: half of what a header may be ahead. It is looked
# at now and again; a year is as far as anyone is believed to be away.
CLOCK_WARN_MS = 30 * SECOND
CLOCK_LOOK_MS = 60 * SECOND
CLOCK_OFFSET_MAX_MS = 366 * 24 * 60 * MINUTE

# Addresses at which the node met itself, from outside: machines have few.
OWN_MAX = 16

# The book is saved so long after a change: what peers tell must not cause a write each.
ADDRESSES_SAVE_MS = 30 * SECOND

# Discouraged and banned hosts: a flood of misbehaving addresses must not grow a list (CVE-2020-14198). Bans are saved,
# but not one by one: a flood must not keep a disk busy either.
BANS_MAX = 10_000
DISCOURAGED_MAX = 10_000
BANS_SAVE_MS = 5 * SECOND

# Addresses added by hand that are not connected, as far as the operator is told of them in one answer.
WAITING_MAX = 500

# Addresses that the operator struck out, and that no hearsay brings back.
REMOVED_MAX = 1_000

# Sync. Headers ahead of the connected tip are held in memory, about 1 KiB each.
HEADERS_PER_MESSAGE = 2_000
HEADERS_PER_REQUEST = 500
HEADERS_AHEAD_MAX = 4_000

# Headers held in all, those of side branches too: on a network whose blocks are cheap anyone can make many.
# Before there are so many, branches that nobody needs are forgotten, now and then: some 50 ms for a full tree. The
# branches that peers are telling of are kept up to a share of it.
TREE_MAX = 60_000
TREE_LARGE = 50_000
TREE_KEPT_FOR_PEERS = 30_000
TREE_PRUNE_EVERY_MS = 1 * SECOND

HEADERS_TIMEOUT_MS = 20 * SECOND

# While far behind, one peer is asked for headers at a time, for all would say the same: but nobody waits long for it
# alone.
HEADERS_LATE_MS = SECOND // 2

# Bodies under way: a window over the missing blocks, and a share of it for each peer. The share begins small and grows
# with each body that comes, so that whoever claims a chain and sends nothing holds up little.
DOWNLOAD_WINDOW = 512
BLOCKS_IN_FLIGHT_PER_PEER = 64
BLOCKS_IN_FLIGHT_FIRST = 8

# Bodies that a peer did not send, as far as that is remembered: a window on the way to the best header, and one on the
# way to the tip that it tells of itself.
LACKS_MAX = 2 * DOWNLOAD_WINDOW

# Where no body has come for a moment, others are asked beside the one that is late, for a few that are wanted next. It
# loses its share where none comes for 2 s, and so long it rests; twice as long each time.
BLOCK_LATE_MS = SECOND // 4
BLOCKS_ASKED_TWICE = 8
BLOCK_TIMEOUT_MS = 2 * SECOND
BLOCK_TIMEOUT_MAX_MS = 64 * SECOND

# Headers of a better chain whose next body nobody sends are let go of after this long: they stand in the way of others.
WITHHELD_AFTER_MS = MINUTE

# While far behind, the rate is that of the last while, from a height noted now and then; a line in the log tells it.
PROGRESS_OVER_MS = 10 * SECOND
PROGRESS_STEP_MS = SECOND // 2
PROGRESS_TOLD_EVERY_MS = 5 * SECOND

# Better headers whose bodies do not come hold up mining and announcing for this long at most.
STALLED_AFTER_MS = 5 * SECOND
BODIES_HELD_BYTES = 64 * 1024 * 1024

# Whole blocks of one peer that nobody asked for and that wait for their check: one that is passed over is asked for
# where it leads to a better tip.
UNASKED_BLOCKS_BYTES = 8 * 1024 * 1024

# Bodies that wait for their check, of all peers: when so much waits, one that comes is passed over, and asked for again
# when there is room; one that nobody asked for is passed over at half of it. No more are asked for than would fit if
# they were as large as those that came lately.
CHECKS_BYTES_MAX = 64 * 1024 * 1024

# Contents that blocks came without: blocks looked into at a time, how long a peer may take over a question, how often
# all peers are asked again. One question asks for no more than a line of 256 kbit a second carries in that time.
CONTENTS_SEARCHES = 8
CONTENTS_TIMEOUT_MS = 10 * SECOND
CONTENTS_RETRY_MS = MINUTE
CONTENTS_ASKED_BYTES = 256 * 1024

# Blocks put into one database transaction during a sync: the first figure that is reached ends the group.
COMMIT_BLOCKS_MAX = 500
COMMIT_BYTES_MAX = 8 * 1024 * 1024

# Blocks whose parent is not known yet: one a peer, a few in all; the headers between are asked for at once.
ORPHANS_MAX = 8
ORPHAN_BYTES_MAX = 16 * 1024 * 1024

# Blocks put together from their compact form: one a peer, few in all, and of one block more than one, so that whoever
# is quick to tell of it and slow to answer costs no time where others tell of it too. What is pending is searched in
# slices of some 3 ms, and so is read what was asked for. Single transactions are served of the newest blocks only:
# others are asked for whole.
COMPACT_MAX = 8
COMPACT_PER_BLOCK = 3
COMPACT_SLICE = 1_500
COMPACT_READ_SLICE = 200
COMPACT_TIMEOUT_MS = 2 * SECOND
BLOCK_TXS_DEPTH = 10

# An answer that is still coming in when it is late is waited for as long again, so many times at most, while its sender
# sends as much: on a line of 256 kbit a second a block that is asked for whole instead would be there no sooner.
COMPACT_LOOKS_MAX = 4
COMPACT_PROGRESS_BYTES = 64 * 1024

# Blocks that were found to break a rule, by hash: each cost a proof of work.
CONDEMNED_REMEMBERED = 1_000

# A block up to this size goes out whole, but to who was told of all in it: its compact form would save a packet or two,
# and may cost a round trip.
COMPACT_BLOCK_MIN = 4 * 1024

# Headers whose time has not come: clocks differ, by minutes where nobody looks after them. Those up to so far ahead are
# held, few in all, with their blocks while there is room; at each look the clock may have been set meanwhile.
FUTURE_HELD_MS = 10 * MINUTE
HELD_MAX = 8
HELD_BYTES_MAX = 16 * 1024 * 1024
HELD_LOOK_MS = 10 * SECOND

# Serving: blocks are read and queued in slices, the next one when the last has left.
SERVE_SLICE_BLOCKS = 64
SERVE_QUEUE_MAX = 512
CHAIN_BYTES_MAX = 2 * 1024 * 1024

# Questions of one peer whose answers may be long, and that are not answered yet: nobody needs more than one.
QUESTIONS_MAX = 4

# Transactions waiting for their signature check or for the disk, of one connection, before we stop reading from it; and
# of all connections, before we read from each only once it has nothing more on its way.
INTAKE_BYTES_HIGH = 4 * 1024 * 1024
INTAKE_BYTES_LOW = 1 * 1024 * 1024
INTAKE_BYTES_MAX = 32 * 1024 * 1024

# A ping waits for its pong while more of its sender's transactions than this wait for their checks or for the disk.
PONG_INTAKE_BYTES = 64 * 1024

# A client may pass on what others signed, and be told which of it is forged; not as often as this on one connection,
# for each costs as much as a genuine one, and nothing to make. A node checks before it passes anything on: once is a
# fault.
FORGED_BY_CLIENT_MAX = 100

# The mempool, with what is on its way to it. Bitcoin Core keeps 300 MB; records here are small and blocks frequent.
MEMPOOL_COUNT_MAX = 100_000
MEMPOOL_BYTES_MAX = 64 * 1024 * 1024

# One author's share of it: half, so that a program that runs wild leaves room for others, and a text of tens of
# thousands of lines still goes in at once. Keys cost nothing: against whoever has many of them only work a byte helps.
MEMPOOL_AUTHOR_COUNT_MAX = MEMPOOL_COUNT_MAX // 2
MEMPOOL_AUTHOR_BYTES_MAX = MEMPOOL_BYTES_MAX // 2

# What waits on disk is taken into memory in slices, one on top of the mempool's bounds: two blocks of the largest size,
# which is what a template looks at, so that what a reorganisation returned goes into the next block before newer ones.
PENDING_SLICE_COUNT = 5_000
PENDING_SLICE_BYTES = 8 * 1024 * 1024

# Of such a slice so many records go into memory a turn, and of those that a block took out so many are swept up after:
# some 3 ms each.
PENDING_PER_TURN = 750
SWEPT_PER_TURN = 1_500

# What no block took for so long leaves (Bitcoin Core's figure). It is looked at now and again, in slices.
PENDING_AGE_MAX_MS = 336 * 60 * MINUTE
EXPIRY_LOOK_MS = 10 * MINUTE
EXPIRED_PER_COMMIT = 1_000

# Relay: transactions go out in frames of this size, in the order in which they came.
RELAY_BYTES_PER_MESSAGE = 64 * 1024
RELAY_COUNT_PER_MESSAGE = 500

# What is pushed to a peer and not answered by a pong, in bytes, before it has to wait, but for the last frame: a block
# stands behind no more than that, and a far peer gets no more in a round trip. A ping follows so much of it at least.
PUSHES_OPEN_MAX = 128 * 1024
PUSHED_PER_PING = 32 * 1024

# Of as few peers as a small cluster has, all are pushed to: nothing is as fast. Of more, a few; the others are told the
# names, gathered for a moment, and ask. Who told so often of what it had been told already is no longer pushed to.
PUSHED_ALL_MAX = 3
PUSHED_MAX = 4
CROSSED_MAX = 16
ANNOUNCE_EVERY_MS = 100

# What a peer is known to have is remembered until its turn comes, so many of them: about 100 bytes each.
KNOWN_TXS_PER_PEER = 2_000

# Names of transactions that are not here, about 350 bytes each: a peer that names and never sends costs this and time,
# and takes no room from others. They are asked for when a push would have come, of one peer at a time, of the next one
# after a timeout; of those first that were dialled, for nobody chooses to be that.
NAMED_PER_PEER = 2_500
TX_WAIT_MS = 200
TX_TIMEOUT_MS = 2 * SECOND
TXS_IN_FLIGHT_PER_PEER = 1_000

# Transactions asked of us and not sent yet, of one peer; and txids of what went into blocks not long ago.
TXS_ASKED_MAX = 2_000
CONFIRMED_REMEMBERED = 20_000

# Headers held in memory below the tip, for forks; a deeper fork is looked up on disk.
WINDOW_BLOCKS = 2_000

# A search is started anew with what has arrived meanwhile; not with every record, for each restart builds a block, and
# the later the larger that block is.
TEMPLATE_REFRESH_MS = 1 * SECOND
TEMPLATE_REFRESH_MS_PER_RECORD = 1

# A reorganisation deeper than this is told to the operator as a warning.
REORG_ALARM_DEPTH = 6

# A disk that was full is tried again this often: soon enough for whoever has just made room, and little work for it.
STORE_PROBE_MS = 2 * SECOND

# An event has to fit into one message: more transactions that are accepted together make several events.
ACCEPTED_PER_EVENT = 1_000

# Events read from disk at a time for one subscriber, and in one read at a time: an event of many txids has some 34 KB.
EVENTS_PER_READ = 500
EVENTS_BYTES_PER_READ = 512 * 1024

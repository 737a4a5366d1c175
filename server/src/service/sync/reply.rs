//! The reply to a hello, frame by frame: each is read from one short view of the durable state and packed without
//! any, so that neither a slow phone nor packing holds a lock, and the server no session.

use super::aside::Aside;
use super::horizon::{Below, below};
use super::pieces::Pieces;
use super::proof::{digest_at_end_of, without_news};
use super::repair::Checks;
use super::unpacked::{Unpacked, news_bytes};
use super::{Known, welcome};
use crate::state::cell::FeedCell;
use crate::state::{StateError, audit, key, read};
use crate::store::engine::{RowKey, View};
use otor_protocol::ids::{ActorId, Lane, Position, RecordId, ScopeId};
use otor_protocol::keys::MAC_BYTES;
use otor_protocol::mutation::{self, Mutation};
use otor_protocol::sync::pace::{frame_bytes_after, frame_bytes_asked};
use otor_protocol::sync::upload::{LANE_SHARE_PERCENT, frame_bytes_under};
use otor_protocol::wire::{
    self, ChangeFrame, Cursor, End, FeedItem, FrameType, FrameWriter, Hello, News, StateFrame,
};
use std::collections::VecDeque;

/// Rows read at once.
const PAGE_ROWS: usize = 64;

/// One feed still to be served.
#[derive(Clone, Copy, Debug)]
struct Pending {
    scope: ScopeId,
    lane: Lane,
    cursor: Cursor,
    /// Whether it has given way to the other lanes once already.
    second_turn: bool,
}

/// A message of news.
type Message = Option<Unpacked>;

/// A reply under way.
pub struct Reply {
    writer: FrameWriter,
    /// The actors of the phone's branch.
    own: [ActorId; 3],
    point: u64,
    budget_bytes: u64,
    /// Size of a frame to aim at, before packing.
    frame_bytes_aim: usize,
    sent_bytes: u64,
    frames: u32,
    pending: VecDeque<Pending>,
    checks: Checks,
    aside: Aside,
    pieces: Pieces,
    /// Whether digests are told of feeds without news too.
    proves: bool,
    /// What was read and is still to be packed.
    unpacked: Vec<Unpacked>,
    more: bool,
    ended: bool,
}

impl Reply {
    /// Reads the welcome and what is next to it from the durable state at `point`, to be packed with `writer`. With
    /// `proves` the digest of each feed is told, news or not: for a phone whose answers are all older than the server's start.
    /// After a backup that was used without a word the two may be at one commit and hold different things.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn begin(
        view: &dyn View,
        point: u64,
        now_ms: i64,
        known: &Known,
        (hello, hello_mac, proves): (&Hello, &[u8; MAC_BYTES], bool),
        writer: FrameWriter,
    ) -> Result<Reply, StateError> {
        let (welcome, scopes) = welcome::compose(view, point, now_ms, hello, &known.device)?;
        let mut pending = VecDeque::new();
        for lane in Lane::ALL {
            for grant in &scopes {
                let again = welcome.restarts.contains(&(grant.scope, lane));
                let stands = hello.cursors(grant.scope).filter(|_| !again);
                let cursor = stands.map_or(Cursor::START, |cursors| cursors[lane.index()]);
                pending.push_back(Pending {
                    scope: grant.scope,
                    lane,
                    cursor,
                    second_turn: false,
                });
            }
        }
        let checks = Checks::of(hello, |scope| scopes.iter().any(|grant| grant.scope == scope));
        let pieces = if welcome.revoked {
            Pieces::default()
        } else {
            Pieces::of(view, hello)?
        };
        let aside = Aside::of(&known.device, hello);
        let mut payload = wire::encode(&welcome);
        let mac = known.key.welcome_mac(hello_mac, &payload);
        payload.extend_from_slice(&mac);
        let budget_bytes = u64::from(hello.reply_budget_bytes);
        let mut reply = Reply {
            writer,
            own: Lane::ALL.map(|lane| hello.actor(lane)),
            point,
            budget_bytes,
            frame_bytes_aim: frame_bytes_under(budget_bytes, frame_bytes_asked(hello.frame_aim)),
            sent_bytes: 0,
            frames: 0,
            pending,
            checks,
            aside,
            pieces,
            proves,
            unpacked: Vec::new(),
            more: false,
            ended: false,
        };
        let message = reply.next_message(view, point)?;
        reply.ended = message.is_none() && !reply.more;
        let greeting = match reply.ended {
            true => FrameType::WelcomeAlone,
            false => FrameType::Welcome,
        };
        reply.unpacked.push(Unpacked::Laid(greeting, payload));
        reply.frames = u32::from(message.is_some());
        reply.unpacked.extend(message);
        Ok(reply)
    }

    /// Whether it is in the middle of a first pass over an area's records: much is still to come.
    pub fn is_long(&self) -> bool {
        let next = self.pending.front().map(|next| next.cursor);
        matches!(next, Some(Cursor::Pass { after: Some(_), .. }))
    }

    /// Reads what comes next. False after the end.
    ///
    /// # Errors
    /// [`StateError`] if the state cannot be read.
    pub fn read(&mut self, view: &dyn View, published: u64) -> Result<bool, StateError> {
        if self.ended {
            return Ok(false);
        }
        let message = self.next_message(view, published)?;
        self.ended = message.is_none();
        self.frames += u32::from(message.is_some());
        let end = || End {
            frames: self.frames,
            more: self.more,
        };
        let next = message.unwrap_or_else(|| Unpacked::Laid(FrameType::End, wire::encode(&end())));
        self.unpacked.push(next);
        Ok(true)
    }

    /// Lays out and packs what was read since the last time. How many bytes a budget still has is known after it.
    pub fn pack(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for unpacked in self.unpacked.drain(..) {
            unpacked.write(&mut self.writer, &mut bytes);
        }
        self.sent_bytes += bytes.len() as u64;
        bytes
    }

    /// The next message of news; none when all is told, or the budget spent.
    fn next_message(&mut self, view: &dyn View, published: u64) -> Result<Message, StateError> {
        while let Some(next) = self.pending.pop_front() {
            if self.gives_way(next) {
                continue;
            }
            let message = match next.cursor {
                Cursor::Pass { base, after } => self.states(view, published, next, base, after)?,
                Cursor::At(position) => self.changes(view, next, position)?,
            };
            if message.is_some() {
                return Ok(message);
            }
        }
        self.next_repair(view, published)
    }

    /// The next answer to what the hello checks, and then to what else it asks. It comes after the news.
    fn next_repair(&mut self, view: &dyn View, published: u64) -> Result<Message, StateError> {
        if !self.checks.is_empty() && self.is_spent(100) {
            self.more = true;
            return Ok(None);
        }
        if let Some(frame) = self.checks.next(view, published)? {
            return Ok(Some(Unpacked::Laid(FrameType::Repair, wire::encode(&frame))));
        }
        if !self.aside.is_empty() && self.is_spent(100) {
            self.more = true;
            return Ok(None);
        }
        let aim = frame_bytes_after(self.sent_bytes, self.frame_bytes_aim);
        if let Some(frame) = self.aside.next(view, aim)? {
            return Ok(Some(Unpacked::Laid(FrameType::Aside, wire::encode(&frame))));
        }
        // Last of all, and only with what the budget leaves: nothing waits for a dictionary.
        let left = match self.budget_bytes {
            0 => u64::MAX,
            budget_bytes => budget_bytes.saturating_sub(self.sent_bytes),
        };
        let piece = self.pieces.next(left);
        Ok(piece.map(|piece| Unpacked::Laid(FrameType::Dictionary, wire::encode(&piece))))
    }

    /// Whether this part of the budget, in percent, is spent. One frame always goes.
    fn is_spent(&self, percent: u64) -> bool {
        self.budget_bytes > 0 && self.frames > 0 && self.sent_bytes >= self.budget_bytes * percent / 100
    }

    /// A feed whose lane has had its share waits until the others have had theirs; when the whole budget is
    /// spent, the rest is left for the next exchange. One frame always goes.
    fn gives_way(&mut self, next: Pending) -> bool {
        let percent = if next.second_turn {
            100
        } else {
            LANE_SHARE_PERCENT[next.lane.index()]
        };
        if !self.is_spent(percent) {
            return false;
        }
        if next.second_turn || percent == 100 {
            self.more = true;
        } else {
            self.pending.push_back(Pending {
                second_turn: true,
                ..next
            });
        }
        true
    }

    fn resume(&mut self, next: Pending, cursor: Cursor) {
        self.pending.push_front(Pending { cursor, ..next });
    }

    /// A piece of the first pass over a scope's records.
    fn states(
        &mut self,
        view: &dyn View,
        published: u64,
        next: Pending,
        base: u64,
        after: Option<RecordId>,
    ) -> Result<Message, StateError> {
        let base = if base == 0 { self.point } else { base };
        let page = audit::members(view, (next.scope, next.lane), after, PAGE_ROWS)?;
        let mut last = page.len() < PAGE_ROWS;
        let mut frame = StateFrame {
            scope: next.scope,
            lane: next.lane,
            base,
            after,
            as_of: published,
            states: Vec::new(),
            last: false,
            digest: None,
        };
        let aim = frame_bytes_after(self.sent_bytes, self.frame_bytes_aim);
        let mut bytes = 0;
        let mut named = after;
        for (id, hash) in page {
            let cell = audit::member(view, id, hash)?;
            if bytes > 0 && bytes + cell.state.len() > aim {
                last = false;
                break;
            }
            bytes += cell.state.len();
            frame.states.push(cell.state);
            named = Some(id);
        }
        frame.last = last;
        let cursor = if last {
            frame.digest = digest_at_end_of(view, (next.scope, next.lane), base)?;
            Cursor::At(Position::after(base))
        } else {
            Cursor::Pass { base, after: named }
        };
        self.resume(next, cursor);
        Ok(Some(Unpacked::States(frame)))
    }

    /// A piece of a feed, up to the reply's point; none if there is nothing to tell.
    fn changes(&mut self, view: &dyn View, next: Pending, from: Position) -> Result<Message, StateError> {
        if from >= Position::after(self.point) {
            return self.idle(view, next, from);
        }
        // Looked at for each frame: a feed may be trimmed during a long reply.
        match below(view, next.scope, next.lane, from)? {
            Below::Nothing => {}
            Below::Kept(items) => return Ok(Some(self.kept_below(next, from, items))),
            Below::Gone => {
                self.more = true;
                return Ok(None);
            }
        }
        let start = key::feed(next.scope, next.lane, from);
        let commit = self.point.saturating_add(1);
        let end = key::feed(next.scope, next.lane, Position { commit, index: 0 });
        let page: Vec<(RowKey, FeedCell)> = read::range(view, &start, &end, PAGE_ROWS)?;
        let mut exhausted = page.len() < PAGE_ROWS;
        let mut frame = ChangeFrame {
            scope: next.scope,
            lane: next.lane,
            from,
            to: from,
            items: Vec::new(),
            digest: None,
        };
        let aim = frame_bytes_after(self.sent_bytes, self.frame_bytes_aim);
        let mut bytes = 0;
        'page: for (place, cell) in page {
            let Some(commit) = key::feed_commit(&place) else {
                continue;
            };
            let digest = cell.digest;
            for (index, news) in cell.entries {
                let position = Position { commit, index };
                if position <= from {
                    continue;
                }
                let size = news_bytes(&news);
                // Entries at one position belong together.
                if bytes > 0 && bytes + size > aim && position != frame.to {
                    exhausted = false;
                    break 'page;
                }
                frame.to = position;
                if !self.is_own(&news) {
                    bytes += size;
                    frame.items.push(FeedItem { position, news });
                }
            }
            frame.digest = Some(digest);
        }
        let moved = frame.to > from;
        if exhausted && moved {
            frame.to = Position::after(self.point);
        }
        if !exhausted {
            // Compared is only where everything up to the point has come.
            frame.digest = None;
            if mutation::active(Mutation::CutSkipsRestOfCommit) {
                frame.to = Position::after(frame.to.commit);
            }
            self.resume(next, Cursor::At(frame.to));
        }
        if !moved {
            return self.idle(view, next, from);
        }
        Ok(Some(Unpacked::Changes(frame)))
    }

    /// What is told of a feed without news.
    fn idle(&self, view: &dyn View, next: Pending, from: Position) -> Result<Message, StateError> {
        if !self.proves {
            return Ok(None);
        }
        let proof = without_news(view, (next.scope, next.lane), from, self.point)?;
        Ok(proof.map(Unpacked::Changes))
    }

    /// What is kept of a feed below its horizon. The next welcome says that a first pass has to follow.
    fn kept_below(&mut self, next: Pending, from: Position, items: Vec<FeedItem>) -> Unpacked {
        let to = items.last().map_or(from, |item| item.position);
        let frame = ChangeFrame {
            scope: next.scope,
            lane: next.lane,
            from,
            to,
            items,
            digest: None,
        };
        self.resume(next, Cursor::At(to));
        Unpacked::Changes(frame)
    }

    /// The phone has the ops of its own branch already; it must never be without the rest, which are those of its
    /// copies too.
    fn is_own(&self, news: &News) -> bool {
        let neighbours = mutation::active(Mutation::OthersOpsTakenForOwn);
        let is_own = |actor: ActorId| {
            self.own.contains(&actor) || (neighbours && actor.0.abs_diff(self.own[0].0) <= 5)
        };
        matches!(news, News::Op { dot, .. } if is_own(dot.actor))
    }
}

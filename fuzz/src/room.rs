//! Laws of `moim-room`.

use arbitrary::{Arbitrary, Unstructured};
use core::time::Duration;
use moim_media::Instant;
use moim_room::{
    Area, Command, Door, Ending, Entry, Event, Importance, Muted, Name, Pace, ParticipantId, Presence,
    PublicationId, Reason, Right, Role, Room, RoomConfig, Said, Source, State, Wish,
};
use std::collections::BTreeMap;

/// Numbers small enough to meet.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Few(u8);

impl Few {
    fn participant(self) -> ParticipantId {
        ParticipantId::new(u32::from(self.0 % 24))
    }

    fn publication(self) -> PublicationId {
        PublicationId::new(u32::from(self.0 % 48))
    }

    fn role(self) -> Role {
        [Role::Host, Role::Speaker, Role::Listener, Role::Bot, Role::Observer][usize::from(self.0 % 5)]
    }

    fn source(self) -> Source {
        [Source::Microphone, Source::Camera, Source::Screen][usize::from(self.0 % 3)]
    }

    fn door(self) -> Door {
        [Door::Open, Door::Lobby, Door::Locked][usize::from(self.0 % 3)]
    }
}

/// What may happen to a room from outside.
#[derive(Arbitrary, Debug)]
enum Op {
    Join { role: Few, name: String },
    Leave { who: Few },
    Disconnected { who: Few },
    Reconnected { who: Few },
    Handle { by: Few, asked: Asked },
    Pass { millis: u16 },
    Back { millis: u16 },
    Due,
}

#[derive(Arbitrary, Debug)]
enum Asked {
    Rename(String),
    Publish(Few),
    Unpublish(Few),
    Mute(Few),
    Unmute(Few),
    Watch(Vec<(Few, u16, bool)>),
    RaiseHand,
    LowerHand(Few),
    Say(String),
    Admit(Few),
    Remove(Few),
    SetRole(Few, Few),
    SetDoor(Few),
    End,
}

impl Asked {
    /// `None` when a text is none.
    fn command(self) -> Option<Command> {
        Some(match self {
            Self::Rename(text) => Command::Rename(Name::new(&text).ok()?),
            Self::Publish(source) => Command::Publish(source.source()),
            Self::Unpublish(which) => Command::Unpublish(which.publication()),
            Self::Mute(which) => Command::Mute(which.publication()),
            Self::Unmute(which) => Command::Unmute(which.publication()),
            Self::Watch(wishes) => Command::Watch(wishes.into_iter().map(wish).collect()),
            Self::RaiseHand => Command::RaiseHand,
            Self::LowerHand(who) => Command::LowerHand(who.participant()),
            Self::Say(text) => Command::Say(Said::new(&text).or_else(|_| Said::new("hello")).ok()?),
            Self::Admit(who) => Command::Admit(who.participant()),
            Self::Remove(who) => Command::Remove(who.participant()),
            Self::SetRole(who, role) => Command::SetRole(who.participant(), role.role()),
            Self::SetDoor(door) => Command::SetDoor(door.door()),
            Self::End => Command::End,
        })
    }
}

fn wish((which, width, pinned): (Few, u16, bool)) -> Wish {
    let importance = if pinned { Importance::Pinned } else { Importance::Usual };
    Wish { publication: which.publication(), area: Area { width, height: width / 2 }, importance }
}

fn config(door: Few, places: Few) -> RoomConfig {
    RoomConfig {
        door: door.door(),
        ending: if door.0 & 16 == 0 { Ending::Hosts } else { Ending::Speakers },
        participants: 1 + usize::from(places.0 % 8),
        waiting: usize::from(places.0 / 8 % 4),
        watched: 4,
        changes: Pace { every: Duration::from_millis(50), burst: 8 },
        writing: Pace { every: Duration::from_secs(2), burst: 2 },
        kept: usize::MAX,
        ..RoomConfig::default()
    }
}

/// Whatever is asked of a room by whomever: what is refused changes nothing, nobody has what their role does not give,
/// every limit holds, a deserted room ends, and the log alone builds the same room.
pub fn ops(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok((door, places)) = input.arbitrary::<(Few, Few)>() else { return };
    let config = config(door, places);
    let mut now = Instant::from_millis(100_000);
    let mut room = Room::open(now, config.clone()).expect("these are rules");
    let mut steps = 0;
    while !input.is_empty() && steps < 400 {
        let Ok(op) = input.arbitrary::<Op>() else { break };
        happen(&mut room, op, &mut now);
        check(room.state(), &config);
        steps += 1;
    }
    let log: Vec<_> = room.log().since(0).expect("all of it is kept").cloned().collect();
    assert!(log.iter().zip(0..).all(|(entry, number)| entry.number == number));
    assert!(log.is_sorted_by_key(|entry| entry.at));
    check_writing(&log, config.writing);
    let rebuilt = Room::rebuild(config, log).expect("it is a log");
    assert_eq!(rebuilt.state(), room.state());
    assert_eq!(rebuilt.poll_timeout(), room.poll_timeout());
    assert_is_deserted_once_all_have_gone(room, now);
}

fn happen(room: &mut Room, op: Op, now: &mut Instant) {
    match op {
        Op::Join { role, name } => {
            let name = Name::new(&name).unwrap_or_else(|_| Name::new("anybody").expect("a name"));
            let (before, role) = (room.state().clone(), role.role());
            match room.join(*now, name, role) {
                Ok(who) => {
                    assert!(before.participant(who).is_none(), "a number is given once");
                    assert_eq!(room.state().participant(who).map(moim_room::Participant::role), Some(role));
                }
                Err(_) => assert_eq!(room.state(), &before),
            }
        }
        Op::Leave { who } => {
            room.leave(*now, who.participant());
            assert!(room.state().participant(who.participant()).is_none());
        }
        Op::Disconnected { who } => room.disconnected(*now, who.participant()),
        Op::Reconnected { who } => {
            let there = room.state().participant(who.participant()).is_some();
            assert_eq!(room.reconnected(*now, who.participant()).is_ok(), there);
        }
        Op::Handle { by, asked } => {
            let Some(command) = asked.command() else { return };
            let (before, next) = (room.state().clone(), room.log().next());
            if room.handle(*now, by.participant(), command).is_err() {
                assert_eq!((room.state(), room.log().next()), (&before, next), "refused, and yet changed");
            }
        }
        Op::Pass { millis } => {
            *now += Duration::from_millis(millis.into());
            room.handle_timeout(*now);
        }
        Op::Back { millis } => *now = *now - Duration::from_millis(millis.into()),
        Op::Due => {
            if let Some(due) = room.poll_timeout() {
                *now = due.max(*now);
                room.handle_timeout(*now);
                assert!(
                    room.poll_timeout().is_none_or(|next| next > *now),
                    "a timeout that was heard is over"
                );
            }
        }
    }
}

fn check(state: &State, config: &RoomConfig) {
    let role = |who| state.participant(who).map(moim_room::Participant::role);
    let (mut inside, mut waiting) = (0, 0);
    for (who, one) in state.participants() {
        if one.presence() == Presence::Waiting {
            waiting += 1;
        } else {
            inside += 1;
        }
        assert!(one.wishes().len() <= config.watched);
        for wish in one.wishes() {
            let watched = state.publication(wish.publication).expect("nobody watches what is not there");
            assert!(watched.by != who && watched.source != Source::Microphone);
        }
    }
    assert!(inside <= config.participants && waiting <= config.waiting);
    assert!(!state.is_ended() || inside + waiting == 0);
    let mut sources: Vec<_> = state.publications().map(|one| (one.by, one.source)).collect();
    assert!(state.publications().all(|one| role(one.by).is_some_and(|role| role.gives(Right::Publish))));
    sources.sort_unstable();
    assert!(sources.windows(2).all(|pair| pair[0] != pair[1]), "one of each source");
    let mut hands = state.hands().to_vec();
    assert!(hands.iter().all(|&who| role(who).is_some_and(|role| role.gives(Right::RaiseHand))));
    hands.sort_unstable();
    assert!(hands.windows(2).all(|pair| pair[0] != pair[1]), "nobody has two hands up");
    let people = state.participants().any(|(_, one)| one.role().is_person());
    assert_eq!(state.deserted().is_none(), people);
}

/// Nobody writes more than their pace allows, over any time.
fn check_writing(log: &[Entry], pace: Pace) {
    let mut written: BTreeMap<ParticipantId, Vec<Instant>> = BTreeMap::new();
    for entry in log {
        if let Event::Said { by, .. } = entry.event {
            written.entry(by).or_default().push(entry.at);
        }
    }
    for times in written.values() {
        for (n, first) in times.iter().enumerate() {
            for (lines, last) in (1..).zip(&times[n..]) {
                assert!(last.since(*first) >= pace.every * lines.max(pace.burst) - pace.every * pace.burst);
            }
        }
    }
}

fn assert_is_deserted_once_all_have_gone(mut room: Room, now: Instant) {
    let there: Vec<_> = room.state().participants().map(|(who, _)| who).collect();
    for who in there {
        room.disconnected(now, who);
    }
    for _ in 0..100 {
        let Some(due) = room.poll_timeout() else { break };
        room.handle_timeout(due);
    }
    assert!(room.state().is_ended(), "{:?}", room.state());
}

/// Events that no room made, in any order: a log that is none is refused, and the room that is built from any other
/// answers.
pub fn forged(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut entries = Vec::new();
    while !input.is_empty() && entries.len() < 400 {
        let Ok((kind, a, b, at, skip)) = input.arbitrary::<(u8, Few, Few, u16, bool)>() else { break };
        let number = entries.len() as u64 + u64::from(skip && at == 7);
        entries.push(Entry { number, at: Instant::from_millis(at.into()), event: event(kind, a, b) });
    }
    let follows = entries.iter().zip(0..).all(|(entry, number)| entry.number == number)
        && entries.is_sorted_by_key(|entry| entry.at);
    let built = Room::rebuild(RoomConfig::default(), entries);
    assert_eq!(built.is_ok(), follows);
    let Ok(mut room) = built else { return };
    let now = Instant::from_millis(1_000_000);
    let _ = room.poll_timeout();
    room.handle_timeout(now);
    if !room.state().is_ended() {
        let name = Name::new("anybody").expect("a name");
        let _ = room.join(now, name, Role::Host);
    }
}

fn event(kind: u8, a: Few, b: Few) -> Event {
    let (who, by, publication) = (a.participant(), b.participant(), a.publication());
    let name = || Name::new("forged").expect("a name");
    match kind % 18 {
        0 => Event::Opened,
        1 => Event::Knocked { who, name: name(), role: b.role() },
        2 => Event::Joined { who, name: name(), role: b.role() },
        3 => Event::Admitted { who, by: Some(by) },
        4 => Event::WentAway { who },
        5 => Event::CameBack { who },
        6 => Event::Left { who, reason: Reason::Removed { by } },
        7 => Event::GaveUp { who, reason: Reason::Own },
        8 => Event::Renamed { who, name: name() },
        9 => Event::RoleSet { who, role: b.role(), by },
        10 => Event::Published { publication, by, source: b.source() },
        11 => Event::Unpublished { publication, by },
        12 => Event::MutedSet { publication, muted: Muted::Host, by },
        13 => Event::Watched { who, wishes: vec![wish((b, 640, true))] },
        14 => Event::HandRaised { who },
        15 => Event::HandLowered { who, by },
        16 => Event::DoorSet { door: b.door(), by },
        _ => Event::Ended { by: None },
    }
}

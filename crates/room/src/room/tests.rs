//! A room as those see it who are in it.

use super::*;
use crate::{Area, Ending, Importance, Missed, Muted, Pace, PublicationId, Right, Said, Source, Wish};
use core::time::Duration;

const NOW: Instant = Instant::from_millis(10_000);

fn later(seconds: u64) -> Instant {
    NOW + Duration::from_secs(seconds)
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn open(config: RoomConfig) -> Room {
    Room::open(NOW, config).unwrap()
}

/// A room with a host, a speaker and a listener.
fn class() -> (Room, [ParticipantId; 3]) {
    let mut room = open(RoomConfig::default());
    let roles = [Role::Host, Role::Speaker, Role::Listener];
    let there = roles.map(|role| room.join(NOW, name("somebody"), role).unwrap());
    (room, there)
}

fn publish(room: &mut Room, by: ParticipantId, source: Source) -> PublicationId {
    room.handle(NOW, by, Command::Publish(source)).unwrap();
    room.state().published_by(by).find(|publication| publication.source == source).unwrap().id
}

fn wish(publication: PublicationId, width: u16) -> Wish {
    Wish { publication, area: Area { width, height: width / 16 * 9 }, importance: Importance::Usual }
}

/// Does it, and holds the room to what is promised of refusals.
fn refused(room: &mut Room, by: ParticipantId, command: Command) -> Refusal {
    let (state, next) = (room.state().clone(), room.log().next());
    let refusal = room.handle(NOW, by, command).unwrap_err();
    assert_eq!((room.state(), room.log().next()), (&state, next), "{refusal} changed something");
    refusal
}

#[test]
fn nobody_does_what_their_role_does_not_give() {
    let (mut room, [host, speaker, listener]) = class();
    let observer = room.join(NOW, name("inspector"), Role::Observer).unwrap();
    let lacks = |role, right| Refusal::NotAllowed { role, right };
    let camera = Command::Publish(Source::Camera);
    assert_eq!(refused(&mut room, listener, camera), lacks(Role::Listener, Right::Publish));
    let text = Command::Say(Said::new("hello").unwrap());
    assert_eq!(refused(&mut room, observer, text), lacks(Role::Observer, Right::Write));
    assert_eq!(refused(&mut room, observer, Command::RaiseHand), lacks(Role::Observer, Right::RaiseHand));
    for command in [
        Command::Remove(host),
        Command::Admit(listener),
        Command::SetRole(speaker, Role::Host),
        Command::SetDoor(Door::Locked),
    ] {
        assert_eq!(refused(&mut room, speaker, command), lacks(Role::Speaker, Right::Lead));
    }
    assert_eq!(refused(&mut room, speaker, Command::End), lacks(Role::Speaker, Right::End));
    let stranger = ParticipantId::new(99);
    assert_eq!(refused(&mut room, stranger, Command::RaiseHand), Refusal::NotHere);
    assert_eq!(refused(&mut room, host, Command::Remove(stranger)), Refusal::NoSuchParticipant);
}

#[test]
fn around_a_table_whoever_speaks_may_end() {
    let mut room = open(RoomConfig { ending: Ending::Speakers, ..RoomConfig::default() });
    let bot = room.join(NOW, name("bot"), Role::Bot).unwrap();
    let speaker = room.join(NOW, name("speaker"), Role::Speaker).unwrap();
    assert!(room.handle(NOW, bot, Command::End).is_err());
    room.handle(NOW, speaker, Command::End).unwrap();
    assert!(room.state().is_ended());
    assert_eq!(room.state().participants().count(), 0);
    assert_eq!(room.join(NOW, name("late"), Role::Host), Err(Refusal::Ended));
    assert_eq!(room.handle(NOW, speaker, Command::RaiseHand), Err(Refusal::Ended));
    assert_eq!(room.poll_timeout(), None);
}

#[test]
fn a_lobby_holds_guests_back_until_a_host_opens() {
    let config = RoomConfig { door: Door::Lobby, participants: 2, waiting: 2, ..RoomConfig::default() };
    let mut room = open(config);
    let host = room.join(NOW, name("host"), Role::Host).unwrap();
    let guests = [0, 1].map(|_| room.join(NOW, name("guest"), Role::Speaker).unwrap());
    assert_eq!(room.join(NOW, name("third"), Role::Speaker), Err(Refusal::Full), "the lobby is full");
    let knocked = room.log().since(2).unwrap().next().unwrap();
    assert_eq!(knocked.event.audience(), crate::Audience::Hosts);

    // Of two only one finds a place.
    room.handle(NOW, host, Command::SetDoor(Door::Open)).unwrap();
    let presence = |room: &Room, who| room.state().participant(who).map(Participant::presence);
    assert_eq!(presence(&room, guests[0]), Some(Presence::Here));
    assert_eq!(presence(&room, guests[1]), Some(Presence::Waiting));
    assert_eq!(refused(&mut room, host, Command::Admit(guests[1])), Refusal::Full);
    room.leave(NOW, guests[0]);
    room.handle(NOW, host, Command::Admit(guests[1])).unwrap();
    assert_eq!(presence(&room, guests[1]), Some(Presence::Here));

    room.handle(NOW, host, Command::SetDoor(Door::Locked)).unwrap();
    room.leave(NOW, guests[1]);
    assert_eq!(room.join(NOW, name("late"), Role::Speaker), Err(Refusal::Locked));
    assert!(room.join(NOW, name("second host"), Role::Host).is_ok());
}

#[test]
fn who_waits_and_hangs_up_is_gone() {
    let mut room = open(RoomConfig { door: Door::Lobby, ..RoomConfig::default() });
    let guest = room.join(NOW, name("guest"), Role::Speaker).unwrap();
    room.disconnected(NOW, guest);
    assert_eq!(room.state().participant(guest), None);
    assert_eq!(room.reconnected(NOW, guest), Err(Refusal::NotHere));
}

#[test]
fn a_lost_connection_may_come_back_for_a_while() {
    let (mut room, [_, speaker, listener]) = class();
    let camera = publish(&mut room, speaker, Source::Camera);
    room.disconnected(NOW, speaker);
    room.disconnected(NOW, listener);
    assert_eq!(room.poll_timeout(), Some(later(30)));
    room.handle_timeout(later(29));
    room.reconnected(later(29), speaker).unwrap();
    room.handle_timeout(later(30));
    assert_eq!(room.state().participant(listener), None);
    assert_eq!(room.reconnected(later(31), listener), Err(Refusal::NotHere));
    assert!(room.state().publication(camera).is_some(), "what comes back is still published");
    assert_eq!(room.poll_timeout(), None);
}

#[test]
fn bots_keep_no_room_open() {
    let mut room = open(RoomConfig::default());
    assert_eq!(room.poll_timeout(), Some(later(60)), "nobody has come yet");
    let _bot = room.join(later(1), name("bot"), Role::Bot).unwrap();
    let person = room.join(later(2), name("person"), Role::Observer).unwrap();
    assert_eq!(room.poll_timeout(), None);
    room.leave(later(100), person);
    assert_eq!(room.poll_timeout(), Some(later(160)));
    room.handle_timeout(later(159));
    assert!(!room.state().is_ended());
    room.handle_timeout(later(160));
    assert!(room.state().is_ended());
}

#[test]
fn hands_stand_in_the_order_in_which_they_were_raised() {
    let (mut room, [host, speaker, listener]) = class();
    for who in [listener, speaker, listener] {
        room.handle(NOW, who, Command::RaiseHand).unwrap();
    }
    assert_eq!(room.state().hands(), [listener, speaker]);
    assert!(room.handle(NOW, speaker, Command::LowerHand(listener)).is_err());
    room.handle(NOW, host, Command::LowerHand(listener)).unwrap();
    assert_eq!(room.state().hands(), [speaker]);
    room.leave(NOW, speaker);
    assert!(room.state().hands().is_empty());
}

#[test]
fn a_host_silences_and_never_makes_heard() {
    let (mut room, [host, speaker, _]) = class();
    let voice = publish(&mut room, speaker, Source::Microphone);
    let muted = |room: &Room| room.state().publication(voice).unwrap().muted;
    room.handle(NOW, host, Command::Mute(voice)).unwrap();
    assert_eq!(muted(&room), Muted::Host);
    assert_eq!(refused(&mut room, host, Command::Unmute(voice)), Refusal::NotYours);
    room.handle(NOW, speaker, Command::Mute(voice)).unwrap();
    assert_eq!(muted(&room), Muted::Host, "it is muted already");
    room.handle(NOW, speaker, Command::Unmute(voice)).unwrap();
    assert_eq!(muted(&room), Muted::No);
    room.handle(NOW, speaker, Command::Mute(voice)).unwrap();
    assert_eq!(muted(&room), Muted::Owner);
}

#[test]
fn a_listener_has_nothing_on_the_air() {
    let (mut room, [host, speaker, _]) = class();
    publish(&mut room, speaker, Source::Microphone);
    publish(&mut room, speaker, Source::Screen);
    room.handle(NOW, host, Command::SetRole(speaker, Role::Listener)).unwrap();
    assert_eq!(room.state().publications().count(), 0);
    room.handle(NOW, speaker, Command::RaiseHand).unwrap();
    room.handle(NOW, host, Command::SetRole(speaker, Role::Speaker)).unwrap();
    assert_eq!(room.state().hands(), [speaker], "a speaker may have one, too");
    room.handle(NOW, host, Command::SetRole(speaker, Role::Observer)).unwrap();
    assert!(room.state().hands().is_empty(), "an observer may not");
    assert_eq!(refused(&mut room, host, Command::SetRole(host, Role::Listener)), Refusal::LastHost);
    assert_eq!(refused(&mut room, host, Command::SetRole(speaker, Role::Bot)), Refusal::BotsStay);
}

#[test]
fn pictures_are_watched_while_they_are_there() {
    let (mut room, [host, speaker, listener]) = class();
    let (camera, screen) =
        (publish(&mut room, speaker, Source::Camera), publish(&mut room, host, Source::Screen));
    let voice = publish(&mut room, speaker, Source::Microphone);
    let gone = PublicationId::new(77);
    let asked = [wish(screen, 1280), wish(camera, 320), wish(voice, 1), wish(gone, 640), wish(camera, 160)];
    room.handle(NOW, listener, Command::Watch(asked.to_vec())).unwrap();
    let watched = |room: &Room| room.state().participant(listener).unwrap().wishes().to_vec();
    assert_eq!(watched(&room), [wish(camera, 320), wish(screen, 1280)]);
    let entries = room.log().next();
    room.handle(NOW, listener, Command::Watch(watched(&room))).unwrap();
    assert_eq!(room.log().next(), entries, "nothing new is no event");

    room.handle(NOW, speaker, Command::Unpublish(camera)).unwrap();
    assert_eq!(watched(&room), [wish(screen, 1280)]);
    assert_eq!(refused(&mut room, speaker, Command::Unpublish(screen)), Refusal::NotYours);
    let many = vec![wish(screen, 1); 101];
    assert_eq!(
        refused(&mut room, listener, Command::Watch(many)),
        Refusal::TooMany { asked: 101, most: 100 }
    );
}

#[test]
fn who_writes_too_much_is_slowed_down_and_the_others_are_not() {
    let (mut room, [host, speaker, _]) = class();
    let line = || Command::Say(Said::new("buy now").unwrap());
    for _ in 0..5 {
        room.handle(NOW, speaker, line()).unwrap();
    }
    assert_eq!(refused(&mut room, speaker, line()), Refusal::TooOften { until: later(2) });
    room.handle(NOW, host, line()).unwrap();
    room.handle(NOW, speaker, Command::RaiseHand).unwrap();
    room.handle(later(2), speaker, line()).unwrap();
}

#[test]
fn a_log_that_was_trimmed_says_so() {
    let mut room = open(RoomConfig { kept: 3, ..RoomConfig::default() });
    for _ in 0..5 {
        room.join(NOW, name("guest"), Role::Speaker).unwrap();
    }
    assert_eq!(room.log().since(2).err(), Some(Missed { first: 3 }));
    assert_eq!(room.log().since(3).unwrap().len(), 3);
    assert_eq!(room.log().since(9).unwrap().len(), 0, "from the future there is nothing yet");
    let kept: Vec<_> = room.log().since(3).unwrap().cloned().collect();
    assert_eq!(Room::rebuild(RoomConfig::default(), kept).err(), Some(NoLog { number: 3 }));
}

#[test]
fn time_never_runs_back_in_the_log() {
    let (mut room, [host, ..]) = class();
    room.handle(later(10), host, Command::RaiseHand).unwrap();
    room.leave(NOW, host);
    let times: Vec<_> = room.log().since(0).unwrap().map(|entry| entry.at).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn rules_that_allow_nothing_are_none() {
    let of = |config| Room::open(NOW, config).err();
    assert_eq!(of(RoomConfig { participants: 0, ..RoomConfig::default() }), Some(ConfigError::NoPlace));
    assert_eq!(of(RoomConfig { kept: 0, ..RoomConfig::default() }), Some(ConfigError::NoLog));
    let never = Pace { every: Duration::ZERO, burst: 0 };
    assert_eq!(of(RoomConfig { changes: never, ..RoomConfig::default() }), Some(ConfigError::NoBurst));
}

//! `call demo`: two parties, a bad network, and a report.

use crate::camera::Camera;
use crate::lang::Lang;
use crate::options::Options;
use crate::party::{Baggage, CameraAndFiles, Party, Recorded};
use crate::progress::Progress;
use crate::report::{self, Environment, Report};
use crate::source::Source;
use crate::{live, network, virtual_time, wav};
use anyhow::{Context, Result, ensure};
use host::{Clock, TickStats};
use moim_media::Instant;
use moim_netsim::{LinkConfig, Side};
use std::fs;
use std::sync::Arc;
use std::time::Duration;

/// B shows a film from here on.
const LATER: Duration = Duration::from_secs(2);

/// Holds the call, writes what was heard, measures it, and says where the report lies.
pub(crate) fn run(options: &Options) -> Result<()> {
    let lang = Lang::chosen(options.lang);
    let out = &options.out;
    let link = network::link(options)?;
    let sources = sources(options)?;
    fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;

    let clock = Clock::start();
    let cameras = cameras(options, lang)?;
    let (parties, beat) = hold(options, link, sources, cameras, clock, lang)?;
    let took = clock.now().since_epoch();
    let finished = clock.unix_time(clock.now());

    report::write_sound(out, &parties)?;
    let environment = Environment::new(finished, options.duration(), took, beat);
    let report = Report::new(options, out, &parties, environment)?;
    report.write(out, lang)?;

    println!("{}", report.summary(lang));
    let path = std::path::absolute(out.join("report.html"))?;
    println!("{}: {}", lang.of("보고서", "report"), path.display());
    Ok(())
}

/// The call itself, live or in virtual time; live, also how steadily the machine let each party run.
fn hold(
    options: &Options,
    link: LinkConfig,
    sources: [Source; 2],
    cameras: [Option<Camera>; 2],
    clock: Clock,
    lang: Lang,
) -> Result<([Recorded; 2], Option<[TickStats; 2]>)> {
    // In virtual time it is 1970: nothing may depend on the day.
    let wall_clock = if options.in_virtual_time { Duration::ZERO } else { clock.unix_time(Instant::EPOCH) };
    let ([a, b], [by_a, by_b]) = (sources, cameras);
    let party = |side, source, camera: Option<Camera>| {
        let files = |camera| CameraAndFiles {
            camera,
            most: options.picture_rate * 1_000,
            shown: options.out.join(report::shown_file(side)),
            seen: options.out.join(report::seen_file(side)),
        };
        let (seed, length) = (options.seed, options.duration());
        Party::new(side, Baggage { seed, length, wall_clock, source, camera: camera.map(files) })
    };
    let parties = [party(Side::A, a, by_a)?, party(Side::B, b, by_b)?];
    let mut progress = Progress::new(lang, options.duration());
    let held = if options.in_virtual_time {
        (virtual_time::run(parties, link, options.seed, &mut progress)?, None)
    } else {
        let [(a, beat_of_a), (b, beat_of_b)] = live::run(parties, link, options.seed, clock, &mut progress)?;
        ([a, b], Some([beat_of_a, beat_of_b]))
    };
    progress.finish();
    Ok(held)
}

/// What A and B show.
fn cameras(options: &Options, lang: Lang) -> Result<[Option<Camera>; 2]> {
    if options.no_video {
        return Ok([None, None]);
    }
    let camera = |seed, begin| match &options.video {
        Some(path) => Camera::film(path, begin, lang),
        None => Ok(Camera::scene(options.size, seed)),
    };
    let seed = options.seed << 1;
    Ok([Some(camera(seed, Duration::ZERO)?), Some(camera(seed | 1, LATER)?)])
}

/// What A and B say.
fn sources(options: &Options) -> Result<[Source; 2]> {
    let Some(path) = &options.audio else {
        return Ok(Side::BOTH.map(|side| Source::talker(options.seed, side)));
    };
    let pcm: Arc<[f32]> = wav::read(path)?.into();
    ensure!(!pcm.is_empty(), "{} is empty", path.display());
    Ok(Side::BOTH.map(|side| Source::recording(Arc::clone(&pcm), side)))
}

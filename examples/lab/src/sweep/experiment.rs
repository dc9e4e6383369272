//! All trials of a sweep. What they share is made once; the rest is done in parallel, and in the order of the plan.

use super::Options;
use super::journey::Journey;
use super::networks::Network;
use super::talk::Talk;
use super::trial::{Heard, Outcome, Trial};
use anyhow::{Context, Result, ensure};
use moim_opus::Dtx;
use rayon::prelude::*;

/// What is tried, and how.
#[derive(Debug)]
pub struct Experiment<'a> {
    options: &'a Options,
    networks: Vec<&'static Network>,
    trials: Vec<Trial>,
}

/// A talk and its way through a network: what all policies of a trial receive.
#[derive(Debug)]
pub struct Followed {
    /// The network it went through.
    pub network: &'static Network,
    /// Whose dice.
    pub seed: u64,
    /// What was said.
    pub talk: Talk,
    /// What came of it.
    pub journey: Journey,
    /// What each policy made of that.
    pub calls: Vec<(Outcome, Heard)>,
}

impl<'a> Experiment<'a> {
    /// The trials that `options` ask for: by network, then by policy, then by seed.
    ///
    /// # Errors
    ///
    /// When a network is named that there is not.
    pub fn new(options: &'a Options) -> Result<Self> {
        let mut networks: Vec<&'static Network> = Vec::new();
        for network in options.networks.iter().map(|name| named(name)).collect::<Result<Vec<_>>>()?.concat() {
            if networks.iter().all(|known| known.name != network.name) {
                networks.push(network);
            }
        }
        if let Some(name) = &options.follow {
            let one = networks.iter().any(|network| network.name == name);
            ensure!(one, "{name} is none of the networks that are tried: add --network {name}");
            let seeds = 1..=options.seeds;
            ensure!(
                seeds.contains(&options.follow_seed),
                "seed {} is not tried: --seeds is {}",
                options.follow_seed,
                options.seeds
            );
        }
        let mut trials = Vec::new();
        for &network in &networks {
            for &policy in &options.policies {
                trials.extend((1..=options.seeds).map(|seed| Trial { network, seed, policy }));
            }
        }
        Ok(Self { options, networks, trials })
    }

    /// What is tried.
    #[must_use]
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Runs all trials and tells `done` of each. The outcomes are in the order of the trials.
    ///
    /// # Errors
    ///
    /// When something asked for cannot be.
    pub fn outcomes(&self, done: impl Fn() + Sync) -> Result<Vec<Outcome>> {
        let talks = self.talks()?;
        let talk_of = |network: &Network, seed| {
            let found = talks.iter().find(|((with, of), _)| (*with, *of) == (network.dtx, seed));
            found.map(|(_, talk)| talk).context("a talk for every trial")
        };
        let ways: Vec<_> = self
            .networks
            .iter()
            .flat_map(|&network| (1..=self.options.seeds).map(move |seed| (network, seed)))
            .collect();
        let ways = ways.into_par_iter().map(|(network, seed)| {
            let talk = talk_of(network, seed)?;
            Ok(((network.name, seed), talk, Journey::new(talk, network, seed)?))
        });
        let ways: Vec<_> = ways.collect::<Result<_>>()?;
        let outcomes = self.trials.par_iter().map(|trial| {
            let way = ways.iter().find(|(way, ..)| *way == (trial.network.name, trial.seed));
            let (_, talk, journey) = way.context("a journey for every trial")?;
            let (outcome, _) = trial.run(talk, journey, self.options.concealment)?;
            done();
            Ok(outcome)
        });
        outcomes.collect()
    }

    /// Runs the trials of one network and seed again, and keeps everything.
    ///
    /// # Errors
    ///
    /// As [`outcomes`](Self::outcomes).
    pub fn follow(&self, network: &str, seed: u64) -> Result<Followed> {
        let network = self.networks.iter().find(|known| known.name == network);
        let network = *network.context("a network that is tried")?;
        let talk = self.talk(network.dtx, seed)?;
        let journey = Journey::new(&talk, network, seed)?;
        let policies = self.options.policies.par_iter();
        let calls = policies
            .map(|&policy| Trial { network, seed, policy }.run(&talk, &journey, self.options.concealment));
        let calls = calls.collect::<Result<_>>()?;
        Ok(Followed { network, seed, talk, journey, calls })
    }

    /// Every talk that is needed: of each seed, with or without its silence being sent.
    fn talks(&self) -> Result<Vec<((Dtx, u64), Talk)>> {
        let kinds = [Dtx::Off, Dtx::On];
        let needed = kinds.iter().filter(|dtx| self.networks.iter().any(|network| network.dtx == **dtx));
        let wanted: Vec<_> =
            needed.flat_map(|&dtx| (1..=self.options.seeds).map(move |seed| (dtx, seed))).collect();
        wanted.into_par_iter().map(|(dtx, seed)| Ok(((dtx, seed), self.talk(dtx, seed)?))).collect()
    }

    fn talk(&self, dtx: Dtx, seed: u64) -> Result<Talk> {
        let Options { speech, concealment, .. } = self.options;
        speech.talk(&speech.sound(seed)?, dtx, *concealment)
    }
}

fn named(name: &str) -> Result<Vec<&'static Network>> {
    let named = Network::named(name);
    ensure!(!named.is_empty(), "there is no network {name}: `lab sweep --list` names them");
    Ok(named)
}

//! Which of the judge's calls are played.

/// A set of calls that is generated and measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Calls {
    /// The folder of the set.
    pub(super) name: &'static str,
    /// Those of the judge's catalogue; all of it when empty. No name is a part of another's, for so the judge selects.
    pub(super) only: &'static [&'static str],
}

impl Calls {
    /// Every call the judge knows: a few minutes for each candidate.
    pub(super) const OPEN: Self = Self { name: "open", only: &[] };

    /// One of each class that a mistake would show in, none of them long.
    pub(super) const SMOKE: Self = Self {
        name: "smoke",
        only: &[
            "clean_lan",
            "jit_gamma20",
            "wifi_200",
            "step_150_back",
            "reorder_20",
            "outage_100",
            "dtx_ge5",
            "handover_loss",
            "combo_mobile",
            "music_combo",
        ],
    };

    /// What the judge's `--only` takes.
    pub(super) fn filter(self) -> Option<String> {
        (!self.only.is_empty()).then(|| self.only.join(","))
    }
}

//! The list of link profiles for people.

use comfy_table::{CellAlignment, Table, presets::UTF8_BORDERS_ONLY};

use super::profile::{LossModel, Outages, Profile, all};

/// The table that `otor-sim links` prints.
pub fn profiles_table() -> String {
    let mut table = Table::new();
    table.load_style(UTF8_BORDERS_ONLY);
    table.set_header([
        "link",
        "what it is",
        "RTT ms",
        "down/up kbit/s",
        "loss %",
        "up/down for",
        "besides",
    ]);
    for profile in all() {
        table.add_row([
            profile.name.to_owned(),
            profile.about.to_owned(),
            rtt(&profile),
            format!("{}/{}", profile.down_kbit_s, profile.up_kbit_s),
            loss(&profile.loss),
            spells(&profile.outages),
            extras(&profile),
        ]);
    }
    for index in 2..5 {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn rtt(profile: &Profile) -> String {
    match (profile.rtt_us / 1_000, profile.jitter_us / 1_000) {
        (rtt_ms, 0) => rtt_ms.to_string(),
        (rtt_ms, jitter_ms) => format!("{rtt_ms}±{jitter_ms}"),
    }
}

fn loss(model: &LossModel) -> String {
    let average = format!("{:.1}", model.average() * 100.0);
    if model.good_loss == model.bad_loss {
        return average;
    }
    format!("{average} ({:.0} in bursts)", model.bad_loss * 100.0)
}

fn spells(outages: &Outages) -> String {
    match outages {
        Outages::Never => "always up".to_owned(),
        Outages::Always => "never up".to_owned(),
        Outages::Spells {
            up_mean_us,
            down_mean_us,
            ..
        } => {
            format!("{}/{}", length(*up_mean_us), length(*down_mean_us))
        }
    }
}

/// A length of time in the largest unit that it fills three times.
fn length(us: u64) -> String {
    match us / 1_000_000 {
        seconds if seconds >= 3 * 3_600 => format!("{} h", seconds / 3_600),
        seconds if seconds >= 180 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

fn extras(profile: &Profile) -> String {
    let mut extras = Vec::new();
    if let Outages::Spells { storm, .. } = &profile.outages {
        if profile.outage_ends_connection <= 0.0 {
            extras.push("TCP only stalls in outages".to_owned());
        } else if profile.outage_ends_connection < 1.0 {
            extras.push(format!(
                "{:.0} % of outages end TCP",
                profile.outage_ends_connection * 100.0
            ));
        }
        if profile.outage_leaves_half_open > 0.0 {
            extras.push(format!(
                "{:.0} % leave it half open",
                profile.outage_leaves_half_open * 100.0
            ));
        }
        if let Some(storm) = storm {
            extras.push(format!("storms of {}", length(storm.length_us)));
        }
    }
    if let Some(idle_us) = profile.nat_idle_us {
        extras.push(format!("forgotten after {} idle", length(idle_us)));
    }
    if let Some(sleep) = profile.radio_sleep {
        extras.push(format!(
            "{} to wake after {} idle",
            length(sleep.wake_us),
            length(sleep.after_idle_us)
        ));
    }
    if profile.queue_us >= 10_000_000 {
        extras.push(format!("queue of {}", length(profile.queue_us)));
    }
    if profile.syn_loss > 0.0 {
        extras.push(format!("{:.0} % of SYNs lost", profile.syn_loss * 100.0));
    }
    if profile.proxy.is_some() {
        extras.push("proxy buffers plain HTTP".to_owned());
    }
    extras.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_lists_every_profile_with_its_numbers() {
        let text = profiles_table();
        for profile in all() {
            assert!(text.contains(profile.name), "{text}");
        }
        let line = text
            .lines()
            .find(|line| line.contains("gprs_rural"))
            .expect("a line for gprs_rural");
        for part in [
            "1300±400",
            "20/18",
            "2.7 (25 in bursts)",
            "40 s/60 s",
            "queue of 30 s",
            "5 % of SYNs lost",
        ] {
            assert!(line.contains(part), "{part} missing in {line}");
        }
        assert!(text.contains("3 min/8 h"), "{text}");
    }
}

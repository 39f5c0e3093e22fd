//! How much memory there is to be had. In: what the system tells (Linux). Out: bytes, or `None` where nothing is told.
//! Invariant: no more than what the machine has free, nor than what is left to any control group that the process is in.

use std::path::Path;

use crate::engine::EngineError;

/// Where control groups are.
const GROUPS: &str = "/sys/fs/cgroup";

/// Bytes that can be had without swapping, and without being stopped for it.
pub fn available_memory() -> Option<u128> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u128 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let left = left_to_groups(&groups, Path::new(GROUPS));
    Some(left.map_or(kibibytes * 1024, |left| left.min(kibibytes * 1024)))
}

/// Refuses what would not fit into the memory that is free now; nothing is larger than an address, where that is not told.
pub fn check_available(what: &str, needed: u128, advice: &str) -> Result<(), EngineError> {
    let limit = available_memory().unwrap_or(isize::MAX as u128);
    if needed <= limit {
        return Ok(());
    }
    Err(EngineError::TooLarge { what: what.to_owned(), needed, limit, advice: format!("; {advice}") })
}

/// What is left to the tightest of the groups of a process, given as `/proc/self/cgroup` lists them.
fn left_to_groups(groups: &str, root: &Path) -> Option<u128> {
    let lefts = groups.lines().filter_map(|line| {
        let [number, controllers, path] = line.splitn(3, ':').collect::<Vec<_>>().try_into().ok()?;
        // Version 2 has one tree and an empty list of controllers; version 1 a tree for each controller.
        let (tree, names) = match controllers {
            "" if number == "0" => (root.to_path_buf(), ["memory.max", "memory.current", "inactive_file"]),
            _ if controllers.split(',').any(|name| name == "memory") => {
                let names = ["memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"];
                (root.join("memory"), names)
            }
            _ => return None,
        };
        let folder = tree.join(path.trim_start_matches('/'));
        folder.ancestors().take_while(|above| above.starts_with(&tree)).filter_map(|above| left(above, names)).min()
    });
    lefts.min()
}

/// Limit less use of one group; cached files are given back when memory is asked for.
fn left(folder: &Path, [limit, usage, cached]: [&str; 3]) -> Option<u128> {
    let number = |name: &str| std::fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u128>().ok();
    let stat = std::fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let cached = stat.lines().find_map(|line| line.strip_prefix(cached)?.trim().parse::<u128>().ok()).unwrap_or(0);
    // Without a limit it says `max`, or a number that no machine has.
    Some(number(limit)?.saturating_sub(number(usage)?.saturating_sub(cached)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tightest_group_counts() {
        let root = std::env::temp_dir().join(format!("semafield-groups-{}", std::process::id()));
        let inner = root.join("outer/inner");
        std::fs::create_dir_all(&inner).unwrap();
        let write = |folder: &Path, [max, current, stat]: [&str; 3]| {
            std::fs::write(folder.join("memory.max"), max).unwrap();
            std::fs::write(folder.join("memory.current"), current).unwrap();
            std::fs::write(folder.join("memory.stat"), stat).unwrap();
        };
        write(&inner, ["max\n", "700\n", "anon 1\ninactive_file 100\n"]);
        assert_eq!(left_to_groups("0::/outer/inner\n", &root), None);
        write(&root.join("outer"), ["1000\n", "700\n", "anon 1\ninactive_file 100\n"]);
        assert_eq!(left_to_groups("0::/outer/inner\n", &root), Some(400));
        write(&inner, ["200\n", "700\n", ""]);
        assert_eq!(left_to_groups("0::/outer/inner\n", &root), Some(0));
        assert_eq!(left_to_groups("5:cpu,cpuacct:/outer\nnonsense\n", &root), None);
        std::fs::remove_dir_all(root).unwrap();
    }
}

//! What `--filter` matches.

/// Whether `name` matches: as a whole, if the filter has `*` or `?` in it;
/// otherwise if it contains the filter.
pub(super) fn matches(filter: &str, name: &str) -> bool {
    if filter.contains(['*', '?']) {
        let filter: Vec<char> = filter.chars().collect();
        let name: Vec<char> = name.chars().collect();
        matches_pattern(&filter, &name)
    } else {
        name.contains(filter)
    }
}

/// `*` matches any text, `?` any character. Goes back to the last `*` only,
/// which is enough, so that the time is at most the product of the lengths.
fn matches_pattern(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut done) = (0, 0);
    let mut star = None;
    while done < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, done));
                at += 1;
            }
            Some(&expected) if expected == '?' || expected == name[done] => {
                at += 1;
                done += 1;
            }
            _ => match &mut star {
                None => return false,
                Some((star_at, taken)) => {
                    *taken += 1;
                    (at, done) = (*star_at + 1, *taken);
                }
            },
        }
    }
    pattern[at..].iter().all(|&rest| rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn plain_text_matches_anywhere() {
        assert!(matches("ui-p", "rv64ui-p-add"));
        assert!(matches("", "rv64ui-p-add"));
        assert!(!matches("uf-p", "rv64ui-p-add"));
    }

    #[test]
    fn patterns_match_the_whole_name() {
        for (pattern, expected) in [
            ("rv64ui-p-*", true),
            ("*add", true),
            ("*", true),
            ("*-p-*", true),
            ("rv64??-p-add", true),
            ("rv64ui-*-*-add", false),
            ("*ui", false),
            ("ui*", false),
            ("?", false),
            ("*d*d*", true),
            ("rv64ui-p-add*", true),
            ("rv64ui-p-add?", false),
        ] {
            assert_eq!(matches(pattern, "rv64ui-p-add"), expected, "{pattern}");
        }
    }
}

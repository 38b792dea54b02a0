//! What a certificate covers: its categories and areas (执法类别、执法区域; R08, J1). One rule for phone and office.

/// Why a certificate does not cover a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// The task's area is none of the certificate's areas and in none of them.
    Area,
    /// The task's category is none of the certificate's.
    Category,
}

/// What of a task (area, category) a certificate (area, category) does not cover. Both texts of a certificate may list several, separated by 、. An
/// area covers itself and what begins with it: 某市 covers 某市某县. A task that lists several needs each. A task that names none asks for none.
#[must_use]
pub fn outside(certificate: [&str; 2], task: [Option<&str>; 2]) -> Vec<Outside> {
    let ([area, category], [task_area, task_category]) = (certificate, task);
    let mut out = Vec::new();
    if !parts(task_area.unwrap_or_default()).all(|t| parts(area).any(|own| t.starts_with(own))) {
        out.push(Outside::Area);
    }
    if !parts(task_category.unwrap_or_default()).all(|t| parts(category).any(|own| t == own)) {
        out.push(Outside::Category);
    }
    out
}

/// What a text lists, separated by 、.
pub fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split('、').map(str::trim).filter(|p| !p.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Outside, outside};

    /// R08, J1: area by prefix, category by name; lists on both sides; nothing asked, nothing refused.
    #[test]
    fn r08_area_by_prefix_category_by_name() {
        let certificate = ["某市甲县、某市乙县", "公共场所卫生、传染病防治"];
        let covers = |area, category| outside(certificate, [area, category]);
        assert_eq!(covers(Some("某市甲县"), Some("传染病防治")), []);
        assert_eq!(covers(Some("某市乙县城关镇"), Some("公共场所卫生")), [], "part of an area");
        assert_eq!(covers(Some("某市甲县、某市乙县"), None), []);
        assert_eq!(covers(None, None), []);
        assert_eq!(covers(Some("某市"), None), [Outside::Area], "the whole is not covered by a part");
        assert_eq!(covers(Some("某市甲县、某市丙县"), None), [Outside::Area], "each area counts");
        assert_eq!(covers(None, Some("公共场所")), [Outside::Category], "a category is no prefix");
        assert_eq!(covers(Some("邻县"), Some("医疗卫生")), [Outside::Area, Outside::Category]);
        assert_eq!(outside(["", ""], [Some("某县"), None]), [Outside::Area], "an empty certificate covers nothing");
        assert_eq!(outside(["、", "、"], [Some("某县"), Some("卫生")]), [Outside::Area, Outside::Category]);
    }
}

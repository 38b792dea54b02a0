//! What is looked up with no network: handbook, discretion, words to say. Never an amount (R46).

use crate::mirror::{choice, record};
use crate::status::Text;
use mingzheng_core as core;

choice!(
    /// A fact that discretion asks.
    Fact = core::pack::Fact {
        /// Whole months that the act lasted.
        Months,
        /// Earlier penalties of this person or enterprise for the same kind of act.
        Prior,
        /// Persons concerned.
        Persons,
        /// Cases, places or requirements concerned.
        Count,
        /// Corrected in time.
        Corrected,
        /// First offence.
        First,
        /// Harm, spread or an accident followed.
        Harm,
        /// Supervision was refused.
        Refused,
        /// The deadline of an order to correct ran out.
        Late,
        /// By a forged, altered or bought licence.
        Forged,
        /// Concealed or falsely reported.
        Concealed,
        /// 违法所得, in fen.
        Gains,
    }
);
choice!(
    /// How grave an act is.
    Degree = core::pack::Degree {
        /// 轻微.
        Slight,
        /// 较轻.
        Lighter,
        /// 一般.
        Ordinary,
        /// 较重.
        Heavier,
        /// 严重.
        Grave,
    }
);
choice!(
    /// The three lists.
    LeniencyList = core::pack::LeniencyList {
        /// 不予处罚.
        NoPenalty,
        /// 从轻处罚.
        Lighter,
        /// 减轻处罚.
        Mitigated,
    }
);
choice!(
    /// What must be proven (J16).
    Need = core::pack::Need {
        /// 初次违法.
        FirstOffence,
        /// 及时改正.
        Corrected,
        /// 没有造成危害后果.
        NoHarm,
        /// 教育记录.
        Education,
    }
);
record!(out
    /// A page of the handbook.
    PageView = core::phone::PageView {
        /// Its id.
        id: String,
        /// Title.
        title: Text,
        /// Markdown: paragraphs, lists, `##` headings.
        text: Text,
        /// The law that it sums up.
        sources: Vec<Text>,
        /// Only illustrative: say so on the screen.
        illustrative: bool,
    }
);
record!(out
    /// The handbook, and of which pack.
    HandbookView = core::phone::HandbookView {
        /// `id@version`.
        pack: String,
        /// Last day of the pack, `yyyymmdd`.
        valid_until: u32,
        /// The pages.
        pages: Vec<PageView>,
    }
);
record!(out
    /// A range of a fine in fen, both inclusive.
    FineRange = core::pack::Range {
        /// Least.
        min: u64,
        /// Most.
        max: u64,
    }
);
record!(out
    /// A tier whose condition holds.
    TierView = core::phone::TierView {
        /// Its id.
        id: String,
        /// How grave.
        degree: Degree,
        /// When it applies.
        condition: Text,
        /// What it imposes.
        imposes: Text,
        /// The tier's range.
        range: Option<FineRange>,
        /// The statute's.
        statutory: Option<FineRange>,
        /// The clause that punishes, then who set the tier.
        sources: Vec<Text>,
        /// Replace it by the province's own before use in a case: say so on the screen.
        illustrative: bool,
    }
);
record!(out
    /// A fact that would decide more.
    FactAsk = core::phone::FactAsk {
        /// Which.
        fact: Fact,
        /// The question.
        question: Text,
        /// Answered by yes (1) or no (0).
        yes_no: bool,
    }
);
record!(in
    /// A fact that is known: no is 0, yes is 1, illegal gains are in fen.
    FactKnown = FactGiven {
        /// Which.
        fact: Fact,
        /// Its value.
        value: u64,
    }
);
/// What [`FactKnown`] becomes on the way in.
pub(crate) struct FactGiven {
    pub(crate) fact: core::pack::Fact,
    pub(crate) value: u64,
}
record!(out
    /// What the pack says of an act under the facts known.
    OfferView = core::phone::OfferView {
        /// Row of discretion.
        row: String,
        /// Item of the pack.
        item: String,
        /// The act.
        act: Text,
        /// The tiers that hold.
        tiers: Vec<TierView>,
        /// What to ask next.
        asks: Vec<FactAsk>,
        /// No tier for what is known: the statute's ranges alone hold, and it is discussed collectively (J14).
        uncovered: bool,
    }
);
record!(out
    /// A line of the three lists: it applies only with its proofs (J16).
    LenientView = core::phone::LenientView {
        /// Its id.
        id: String,
        /// Which list.
        list: LeniencyList,
        /// Its name.
        title: Text,
        /// The act.
        act: Text,
        /// When it applies.
        condition: Text,
        /// What must be proven.
        needs: Vec<Need>,
        /// It does not apply to cases from a 双随机 draw.
        not_random_draw: bool,
        /// Its sources.
        sources: Vec<Text>,
        /// A department's own list goes here.
        illustrative: bool,
    }
);
record!(out
    /// What discretion says.
    DiscretionView = core::phone::DiscretionView {
        /// `id@version` of the pack.
        pack: String,
        /// What the rows offer.
        offers: Vec<OfferView>,
        /// Lines of the three lists for the item.
        lenient: Vec<LenientView>,
    }
);
record!(out
    /// Words to say at a step (R10).
    ScriptView = core::phone::ScriptView {
        /// Its id.
        id: String,
        /// Version of the wording.
        version: u32,
        /// Title.
        title: Text,
        /// The words, slots filled.
        text: Text,
    }
);

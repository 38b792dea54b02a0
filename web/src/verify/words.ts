/** Words of the report that docs/verify.md does not have in Chinese. */
export const CHECK_TITLES: Record<string, string> = {
  files: "文件：长度与摘要",
  trust: "信任清单",
  signatures: "签名",
  chain: "条目链",
  fields: "条目字段与承诺",
  tree: "日志树包含证明",
  completeness: "完整性：无删减",
  receipts: "机关回执",
  media: "证据文件",
  custody: "证据保管回执",
  documents: "文书",
  statements: "执法人员签署",
  office: "证件、派单与规则包",
  times: "时间",
  witnesses: "外部见证",
  keys: "设备密钥",
};

export const CANNOT_KNOW = [
  {
    zh: "在两次外部见证之间，被控制的手机可能改写过尚无人见过的条目；“时间范围”各行列出这些区间。",
    en: "Between two outside witnesses a rooted phone may have rewritten entries that nobody had seen. The interval lines show these stretches.",
  },
  { zh: "照片所示是否属实。能证明的只是：文件自拍摄后未被改动。", en: "Whether a photo shows the truth. Proven is only that the file has not changed since it was captured." },
  { zh: "从未被记录的事情。", en: "What was never recorded." },
  { zh: "时间以机关时钟为准，除非其日志另有外部锚定。", en: "Time rests on the organ's clock, unless its log is anchored elsewhere." },
  { zh: "导出之后密钥是否被撤销、案卷是否被更正。请索取最新信任清单。", en: "Whether a key was withdrawn or the case corrected after the export. Ask for the newest trust list." },
];

// The page's own words. What the contract says itself is English: it is for programmers.
export const LANGUAGES = ["zh-CN", "en"];

const WORDS = {
  "zh-CN": {
    search: "找一个地址、字段或动作", other: "English", loading: "正在读取…", none: "没有找到；换个词试试。",
    failed: "读不到接口说明，请检查网络后刷新。", roles: "谁可以用", anyone: "谁都可以，不用登录",
    either: "登录与否都可以", rows: "看得到什么", asks: "要发什么", body: "内容", answers: "会答什么", example: "试一试",
    must: "必填", items: "每一项", any: "任意", one: "其中之一", nullable: "可为空", same: "同上层",
  },
  en: {
    search: "Find an address, a field or an action", other: "中文", loading: "Loading…", none: "Nothing found; try another word.",
    failed: "The contract can't be read. Check your connection and reload.", roles: "Who may call it",
    anyone: "Anybody, without signing in", either: "Signed in or not", rows: "What they see", asks: "What to send",
    body: "Body", answers: "What it answers", example: "Try it", must: "required", items: "each", any: "anything",
    one: "one of", nullable: "or null", same: "as above",
  },
};

export function preferred() {
  const kept = new URLSearchParams(location.search).get("lang");
  if (LANGUAGES.includes(kept)) return kept;
  return (navigator.language || "").toLowerCase().startsWith("en") ? "en" : "zh-CN";
}

export const words = (language) => WORDS[language];

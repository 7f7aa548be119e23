/** Names as they are compared and found. */

/** The form in which emails, usernames and schools' numbers are compared. */
export const handleKey = (handle: string): string => handle.normalize("NFKC").toLowerCase();

/** Letters that no normalization takes apart, and signs that stand for one another. */
const ALIKE: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  þ: "th",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  ħ: "h",
  ı: "i",
  ς: "σ",
  ґ: "г",
  қ: "к",
  ى: "ي",
  ی: "ي",
  ک: "ك",
  ة: "ه",
  ٱ: "ا",
  "’": "'",
  "‘": "'",
  ʼ: "'",
  "‐": "-",
  "‑": "-",
  "–": "-",
};
const UNALIKE = new RegExp(`[${Object.keys(ALIKE).join("")}]`, "gu");

/**
 * Marks that people leave out when they type: those on Latin, Greek, Cyrillic and Hebrew letters,
 * and Arabic harakat, hamzas on letters and tatweel. Other scripts' marks are vowels and tones,
 * without which a name is another one.
 */
const MARKS =
  /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}])\p{Mn}+|[\u0640\u064b-\u0655\u0670]/gu;

/** A name or part of one as it is searched: without case, accents and forms of letters. */
export const fold = (text: string): string =>
  text.normalize("NFKC").toLowerCase().normalize("NFD").replace(MARKS, "").normalize("NFC")
    .replace(UNALIKE, (char) => ALIKE[char] ?? char).replace(/\s+/gu, " ");

/** What may be searched for in a person, each folded; no search key holds what stands between. */
export const searchText = (parts: readonly (string | null)[]): string =>
  parts.filter((part) => part !== null).map(fold).join("\n");

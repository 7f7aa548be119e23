/**
 * The order of people's names, as a text that every database compares alike: that of the ICU root
 * collation (https://www.unicode.org/charts/collation/), which neither of them sorts by. Letters
 * come first, accents decide between equal ones. Exact for the alphabets below; what is in none of
 * them comes in the order of code points, which is the collation's within most scripts.
 */
import { fold } from "./names.ts";

/** Alphabets whose code points are in another order than their letters, and where each begins. */
const ALPHABETS: readonly (readonly [start: number, letters: string])[] = [
  [0x20, " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"],
  [0x61, "abcdeəfghiıjklmnŋopqrstuvwxyzþ"],
  [0x3b1, "αβγδεζηθικλμνξοπρστυφχψω"],
  [0x400, "абвгғдђеєжҗзѕиійјкҡлљмнңњоөпрстћуүұфхһцчџшщъыьэюя"],
  [0x620, "ءآأٱؤإئابپةتثٹجچحخدذڈرزڑژسشصضطظعغفڤقكکگلمنںهھہوىيیېے"],
];

const PLACES: ReadonlyMap<string, string> = new Map(
  ALPHABETS.flatMap(([start, letters]) =>
    [...letters].map((letter, place) => [letter, String.fromCodePoint(start + place)] as const)
  ),
);

/** A letter with its marks. */
const LETTERS = /\P{M}\p{M}*|\p{M}+/gu;
/** Thai and Lao write these vowels before the consonant that they are sorted after. */
const LEADING_VOWELS = /([เ-ไເ-ໄ])([ก-ฮກ-ຮ])/gu;
const THAI_TONES = /[\u0e47-\u0e4e]/gu;

const placed = (letter: string): string =>
  PLACES.get(letter) ?? [...fold(letter)].map((char) => PLACES.get(char) ?? char).join("");

/** UTF-16 code units of the longest key: what an index takes on every database. */
export const SORT_KEY_SIZE = 450;

/** What tells names of the same letters apart: their marks and forms of letters, place by place. */
const accents = (plain: string): string =>
  plain.normalize("NFD").replace(/\P{M}/gu, (char) => fold(char) === char ? "0" : "1")
    .replace(/0+$/, "");

/** Keys compare by code units as the names do in the collation; equal ones are told apart by id. */
export function sortKey(name: string): string {
  const plain = name.normalize("NFKC").toLowerCase();
  const letters = plain.replace(THAI_TONES, "").replace(LEADING_VOWELS, "$2$1")
    .replace(LETTERS, placed);
  // What stands between is less than anything in a name, so that "Ann" comes before "Anna".
  return `${letters}\u0001${accents(plain)}`.slice(0, SORT_KEY_SIZE).toWellFormed();
}

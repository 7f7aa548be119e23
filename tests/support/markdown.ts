/** Parts of Markdown files that tests run or compare. */

export interface Block {
  /** `run: curl` of the comment `<!-- run: curl -->` before the fence. */
  readonly mark: string;
  readonly text: string;
}

const MARKED = /<!-- ([a-z]+: [\w.]+) -->\s*```\w+\n([\s\S]*?)```/g;

/** Fenced blocks that a comment marks, in order. */
export const markedBlocks = (markdown: string): Block[] =>
  [...markdown.matchAll(MARKED)].map(([, mark = "", text = ""]) => ({ mark, text }));

/** The first column of the table whose header begins with this word, without backticks. */
export function firstColumn(markdown: string, header: string): string[] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^\\| ${header} +\\|`).test(line));
  if (start === -1) throw new Error(`There is no table of ${header}`);
  const cells: string[] = [];
  for (const line of lines.slice(start + 2)) {
    const cell = /^\| `?([^|`]*)`? *\|/.exec(line)?.[1];
    if (cell === undefined) break;
    cells.push(cell.trim());
  }
  return cells;
}

/** Where links and pictures lead, except to other hosts. */
export const localLinks = (markdown: string): string[] =>
  [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));

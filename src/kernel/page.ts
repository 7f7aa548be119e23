/** Lists are read page by page. */

/** A page in ascending id order: items with id > `after`, at most `limit`. */
export interface IdPage {
  readonly limit: number;
  readonly after: number | null;
}

export interface PageInput {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<T> {
  readonly data: T[];
  readonly next: string | null;
}

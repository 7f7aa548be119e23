/** Lists are read page by page. */

/** At most `limit` items that come after one in the list's own order. */
export interface IdPage {
  readonly limit: number;
  /** The id of the last item of the page before. */
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

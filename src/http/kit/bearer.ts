/** The token of an `Authorization: Bearer …` field; null where there is none. */
export const bearerToken = (authorization: string | undefined): string | null =>
  /^bearer +(\S.*)$/i.exec(authorization ?? "")?.[1] ?? null;

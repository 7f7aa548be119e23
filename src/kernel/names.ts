/** The form in which emails and usernames are compared. */
export const handleKey = (handle: string): string => handle.normalize("NFKC").toLowerCase();

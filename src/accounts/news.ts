/** Port: who must hear of changed accounts. `services.ts` plugs the listener in. */
export interface AccountNews {
  /** The account has another role or password, was put out of use, or is in use again. */
  changed(userId: number): Promise<void>;
  /** A student's account was put out of use or is in use again. */
  studentActivity(userId: number, active: boolean): Promise<void>;
}

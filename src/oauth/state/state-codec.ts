/** How the stored form looks at rest. */
export interface StateCodec {
  encode(plain: string): Promise<string>;
  /**
   * The stored form, or `undefined` when it is damaged.
   * @throws {StateLockedError} when it is sealed and no key fits.
   */
  decode(stored: string): Promise<string | undefined>;
  /** Whether `encode` would store it in this way today: not if another key sealed it, or none. */
  isCurrent(stored: string): boolean;
}

/** State that is sealed with a key that we were not given. It is left as it is: the right key may come. */
export class StateLockedError extends Error {
  override readonly name = 'StateLockedError';
  readonly code = 'state_locked';
  readonly advice =
    'Give the key that sealed it: as state.keyFile, or in state.previousKeyFiles beside a new one. If it is lost, move the state file away, and the proxy registers anew.';
}

/** Five parts, the first a JSON object: a JWE in compact form (RFC 7516 §3.1). */
export const looksSealed = (stored: string): boolean => /^eyJ[\w-]*(\.[\w-]*){4}\s*$/.test(stored);

/** State as plain JSON, protected by the permissions of its file. */
export const plainCodec: StateCodec = {
  encode: async (plain) => plain,
  decode: async (stored) => {
    if (looksSealed(stored)) {
      throw new StateLockedError(
        'The state is sealed, and no key is configured: give the key that sealed it',
      );
    }
    return stored;
  },
  isCurrent: () => true,
};

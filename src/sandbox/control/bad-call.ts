/** A call of the fault API that cannot be understood; the message says why. */
export class BadCall extends Error {
  readonly code = 'bad_call';
}

/** A whole answer, head and body in one piece, which waits for the end of the turn. */
export interface Parcel {
  leave(): void;
}

let waiting: Parcel[] = [];

/**
 * Whole answers leave together, when everything that came in this turn has been read: a write by itself costs the
 * kernel a wake-up of whoever reads it, and is half of what a hit costs.
 */
export const leaveLater = (parcel: Parcel): void => {
  if (waiting.push(parcel) === 1) setImmediate(leaveNow);
};

/** For whatever is about to end a connection: answers to the requests before leave first. */
export const leaveNow = (): void => {
  const leaving = waiting;
  waiting = [];
  for (const parcel of leaving) parcel.leave();
};

/**
 * Moves labels that would overlap apart, as little as that takes, in the order in which they lie.
 * @param wanted where each would like to be (pixels from the top)
 * @param height of a label
 * @returns a place for each, within 0 and `most`
 */
export const spread = (wanted: readonly number[], height: number, most: number): readonly number[] => {
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const places = [...wanted];
  let top = 0;
  for (const index of order) {
    top = Math.max(top, places[index] ?? 0);
    places[index] = top;
    top += height;
  }
  let bottom = most;
  for (const index of order.toReversed()) {
    bottom = Math.min(bottom, places[index] ?? 0);
    places[index] = bottom;
    bottom -= height;
  }
  return places;
};

/**
 * Deterministic noise: the same seed and place give the same number in every process, so that the warehouse
 * needs no storage. Finaliser of MurmurHash3 (public domain), applied to a running state.
 */
export function mix(state: number, value: number): number {
  let h = Math.imul(state + 0x9e3779b9, 0x85ebca6b) ^ value;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A text as a 32-bit number (FNV-1a over UTF-16 units). */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** A hash as a number in [0, 1). */
export const unit = (hash: number): number => hash / 0x1_0000_0000;

/** A hash as a number in [low, high). */
export const between = (hash: number, low: number, high: number): number => low + (high - low) * unit(hash);

/** A hash of a text in the shape of a UUID (version 4 layout), stable for a seed. */
export function uuidOf(seed: number, text: string): string {
  let state = mix(seed, hashText(text));
  let hex = '';
  for (let word = 0; word < 4; word++) {
    state = mix(state, word + 1);
    hex += state.toString(16).padStart(8, '0');
  }
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

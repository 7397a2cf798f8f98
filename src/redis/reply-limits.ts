/** Elements of all arrays in one reply together: the largest reply is the map of a big Cluster. */
const MOST_ELEMENTS = 100_000;

const [LF, MINUS, ZERO, NINE] = [0x0a, 0x2d, 0x30, 0x39];
/** A string follows, of so many bytes as its head says. */
const STRINGS = Buffer.from('$!=');
/** So many values follow as its head says; of a map twice as many. */
const ARRAYS = Buffer.from('*~>');
const MAPS = Buffer.from('%|');
/** Comes before a value, and is none. */
const ATTRIBUTE = '|'.charCodeAt(0);

/**
 * Follows the frames of RESP (https://redis.io/docs/latest/develop/reference/protocol-spec/): our scripts bound what
 * they return, but whoever answers may be anybody, and a client library makes room for what a reply says it will hold.
 * @param mostBytes of one reply
 * @returns what takes the pieces in their order and says whether they are within bounds. From the byte on at which they
 *   are not, a piece is filled with zeros, which no reader takes for a reply.
 */
export function limitReplies(mostBytes: number): (chunk: Buffer) => boolean {
  let [bytes, elements, values] = [0, 0, 1];
  /** Of the string that is being passed over. */
  let left = 0;
  /** Of the head that is being read. */
  let type: number | undefined;
  let count = 0;

  const endOfValue = () => {
    if (values === 0 && left === 0) [bytes, elements, values] = [0, 0, 1];
  };
  const endOfHead = (of: number): boolean => {
    const none = count < 0;
    const follow = none ? 0 : ARRAYS.includes(of) ? count : MAPS.includes(of) ? 2 * count : 0;
    left = STRINGS.includes(of) && !none ? count + '\r\n'.length : 0;
    values += follow - (of === ATTRIBUTE ? 0 : 1);
    elements += follow;
    const within = elements <= MOST_ELEMENTS && bytes + left <= mostBytes;
    endOfValue();
    return within;
  };
  const readHead = (byte: number): boolean => {
    bytes += 1;
    if (type === undefined) [type, count] = [byte, 0];
    else if (byte === MINUS && count === 0) count = -1;
    else if (byte >= ZERO && byte <= NINE && count >= 0) count = 10 * count + byte - ZERO;
    else if (byte === LF) {
      const of = type;
      type = undefined;
      return endOfHead(of);
    }
    return bytes <= mostBytes;
  };
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      const step = Math.min(left, chunk.length - at);
      left -= step;
      bytes += step;
      at += step;
      if (step > 0) endOfValue();
      else if (!readHead(chunk[at++] ?? 0)) {
        chunk.fill(0, at - 1);
        return false;
      }
    }
    return true;
  };
}

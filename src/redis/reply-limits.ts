/** Elements of all arrays in one reply together: the largest reply is the map of a big Cluster. */
const MOST_ELEMENTS = 100_000;
/** Arrays in arrays: a client library goes down into each by calling itself. */
const MOST_DEPTH = 16;

const [LF, MINUS, ZERO, NINE] = [0x0a, 0x2d, 0x30, 0x39];
/** A string follows, of so many bytes as its head says. */
const STRINGS = Buffer.from('$!=');
/** So many values follow as its head says; of a map twice as many. */
const ARRAYS = Buffer.from('*~>');
const MAPS = Buffer.from('%|');
const ATTRIBUTE = '|'.charCodeAt(0);

/**
 * Follows the frames of RESP (https://redis.io/docs/latest/develop/reference/protocol-spec/): our scripts bound what
 * they return, but whoever answers may be anybody, and a client library makes room for what a reply says it will hold.
 * @param mostBytes of one reply
 * @returns what takes the pieces in their order and says whether they are within bounds. From the head on with
 *   which they are not, a piece is filled with zeros, which no reader takes for a reply.
 */
export function limitReplies(mostBytes: number): (chunk: Buffer) => boolean {
  let [bytes, elements] = [0, 0];
  /** How many values are to come, for each array that is open; the first is the reply itself. */
  let open = [1];
  /** Of the string that is being passed over. */
  let left = 0;
  /** Of the head that is being read. */
  let type: number | undefined;
  let count = 0;

  const endOfValue = () => {
    while (open.at(-1) === 0 && left === 0) open.pop();
    if (open.length === 0) [bytes, elements, open] = [0, 0, [1]];
  };
  const endOfHead = (of: number): boolean => {
    const none = count < 0;
    const follow = none ? 0 : ARRAYS.includes(of) ? count : MAPS.includes(of) ? 2 * count : 0;
    left = STRINGS.includes(of) && !none ? count + '\r\n'.length : 0;
    // An attribute comes before a value, and is none.
    const parent = (open.pop() ?? 0) - (of === ATTRIBUTE ? 0 : 1);
    open.push(parent, ...(follow > 0 ? [follow] : []));
    elements += follow;
    const within = elements <= MOST_ELEMENTS && open.length <= MOST_DEPTH && bytes + left <= mostBytes;
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
    let head = 0;
    for (let at = 0; at < chunk.length; ) {
      if (type === undefined) head = at;
      const step = Math.min(left, chunk.length - at);
      left -= step;
      bytes += step;
      at += step;
      if (step > 0) endOfValue();
      else if (!readHead(chunk[at++] ?? 0)) {
        // From the head on: a reader may believe it before its end.
        chunk.fill(0, head);
        return false;
      }
    }
    return true;
  };
}

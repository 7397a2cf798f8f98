import { HOST } from './raw-caller.ts';

export const INNER = `GET /cmu/v2/inner HTTP/1.1\r\n${HOST}\r\n`;
export const CHUNKED_INNER = `0\r\n\r\n${INNER}`;

/** A request with these fields, and what comes behind its head. */
export const outer = (fields: string, body: string, method = 'GET'): string =>
  `${method} /cmu/v2/outer HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;

/** Heads that two parsers could take in two ways. Nobody sends them by mistake. */
export const AMBIGUOUS: Readonly<Record<string, string>> = {
  'Content-Length before Transfer-Encoding': outer(
    `Content-Length: ${CHUNKED_INNER.length}\r\nTransfer-Encoding: chunked\r\n`,
    CHUNKED_INNER,
  ),
  'Transfer-Encoding before Content-Length': outer(
    'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
    CHUNKED_INNER,
  ),
  'a Content-Length of 0 with Transfer-Encoding': outer(
    'Content-Length: 0\r\nTransfer-Encoding: chunked\r\n',
    CHUNKED_INNER,
  ),
  'two Content-Lengths that differ': outer('Content-Length: 0\r\nContent-Length: 5\r\n', INNER),
  'two Content-Lengths that agree': outer('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'),
  'a list of Content-Lengths': outer('Content-Length: 0, 5\r\n', INNER),
  'a Content-Length with a sign': outer('Content-Length: +0\r\n', INNER),
  'a negative Content-Length': outer('Content-Length: -1\r\n', INNER),
  'a Content-Length in hex': outer('Content-Length: 0x5\r\n', INNER),
  'a Content-Length with a fraction': outer('Content-Length: 0.5\r\n', INNER),
  'a Content-Length beyond 64 bits': outer('Content-Length: 18446744073709551616\r\n', INNER),
  'an empty Content-Length': outer('Content-Length:\r\n', INNER),
  'Transfer-Encoding: xchunked': outer('Transfer-Encoding: xchunked\r\n', CHUNKED_INNER),
  'Transfer-Encoding: identity': outer('Transfer-Encoding: identity\r\n', INNER),
  'Transfer-Encoding: chunked, identity': outer('Transfer-Encoding: chunked, identity\r\n', CHUNKED_INNER),
  'Transfer-Encoding with a quoted coding': outer('Transfer-Encoding: "chunked"\r\n', CHUNKED_INNER),
  'Transfer-Encoding with a vertical tab': outer('Transfer-Encoding: \x0bchunked\r\n', CHUNKED_INNER),
  'an empty Transfer-Encoding': outer('Transfer-Encoding:\r\n', INNER),
  'Transfer-Encoding in HTTP/1.0': `GET /cmu/v2/outer HTTP/1.0\r\n${HOST}Transfer-Encoding: xchunked\r\n\r\n${INNER}`,
  'a space before the colon': outer('Transfer-Encoding : chunked\r\n', CHUNKED_INNER),
  'a tab before the colon': outer('Content-Length\t: 5\r\n', INNER),
  'a space before the name': outer(' Content-Length: 5\r\n', INNER),
  'a folded line': outer('X: a\r\n b\r\n', ''),
  'a folded Transfer-Encoding': outer('Transfer-Encoding:\r\n chunked\r\n', CHUNKED_INNER),
  'a line without a colon': outer('Transfer-Encoding\r\n', INNER),
  'a line without a name': outer(': chunked\r\n', INNER),
  'a bare line feed after the request line': `GET /cmu/v2/outer HTTP/1.1\n${HOST}\r\n`,
  'a bare line feed after a field': `GET /cmu/v2/outer HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n`,
  'a bare line feed for the empty line': `GET /cmu/v2/outer HTTP/1.1\r\n${HOST}\n${INNER}`,
  'a bare carriage return in a value': outer('X: a\rTransfer-Encoding: chunked\r\n', CHUNKED_INNER),
  'a bare carriage return for a line end': `GET /cmu/v2/outer HTTP/1.1\rHost: localhost\r\r`,
  'a NUL in a name': outer('Content\0-Length: 5\r\n', INNER),
  'a NUL in a value': outer('X: a\0b\r\n', INNER),
  'two Host fields': outer('Host: evil.test\r\n', ''),
  'two Host fields that agree': outer(HOST, ''),
  'no Host field': 'GET /cmu/v2/outer HTTP/1.1\r\n\r\n',
  'HTTP/1.2': `GET /cmu/v2/outer HTTP/1.2\r\n${HOST}\r\n`,
  'HTTP/2.0': `GET /cmu/v2/outer HTTP/2.0\r\n${HOST}\r\n`,
  'no version': `GET /cmu/v2/outer\r\n\r\n`,
  'a version in small letters': `GET /cmu/v2/outer http/1.1\r\n${HOST}\r\n`,
  'a request line of four words': `GET /cmu/v2/outer /cmu/v2/inner HTTP/1.1\r\n${HOST}\r\n`,
  'a method that is no token': `G\x01T /cmu/v2/outer HTTP/1.1\r\n${HOST}\r\n`,
  'a method nobody knows': `GOT /cmu/v2/outer HTTP/1.1\r\n${HOST}\r\n`,
};

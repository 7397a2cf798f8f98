/** What a command line needs besides the URL. */
export interface CurlWay {
  readonly socketPath: string | undefined;
  readonly needsToken: boolean;
}

/** A command line that gets the same; what is in the URL can not end its quotes. The token is in the environment. */
export const curlLine = (url: string, { socketPath, needsToken }: CurlWay): string =>
  [
    'curl',
    ...(socketPath === undefined ? [] : [`--unix-socket ${quoted(socketPath)}`]),
    ...(needsToken ? ['-H "X-Cmu-Proxy-Token: $TOKEN"'] : []),
    `'${url.replaceAll("'", '%27')}'`,
  ].join(' ');

const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;

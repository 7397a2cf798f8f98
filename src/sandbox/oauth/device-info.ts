/** Keys that the description of a device needs, and those whose values are on a list (docs/adobe.md §3). */
const REQUIRED = ['model', 'version', 'osName'];

const RESTRICTED: Readonly<Record<string, readonly string[]>> = {
  primaryHardwareType: [
    'Camera',
    'DataCollectionTerminal',
    'Desktop',
    'EmbeddedNetworkModule',
    'eReader',
    'GamesConsole',
    'GeolocationTracker',
    'Glasses',
    'MediaPlayer',
    'MobilePhone',
    'PaymentTerminal',
    'PluginModem',
    'SetTopBox',
    'TV',
    'Tablet',
    'WirelessHotspot',
    'Wristwatch',
    'Unknown',
  ],
  osName: [
    'Android',
    'Chrome OS',
    'Linux',
    'Mac OS',
    'OS X',
    'OpenBSD',
    'Roku OS',
    'Windows',
    'iOS',
    'tvOS',
    'webOS',
  ],
};

function decoded(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** What is wrong with an `X-Device-Info`; `undefined` if nothing is. */
export function deviceInfoMistake(header: string): string | undefined {
  const value = decoded(header);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'is not the Base64 of a JSON object';
  const info = new Map<string, unknown>(Object.entries(value));
  const missing = REQUIRED.find((key) => typeof info.get(key) !== 'string' || info.get(key) === '');
  if (missing !== undefined) return `lacks "${missing}"`;
  for (const [key, allowed] of Object.entries(RESTRICTED)) {
    const given = info.get(key);
    if (given !== undefined && !allowed.some((one) => one === given)) {
      return `has a "${key}" that is none of ${allowed.join(', ')}`;
    }
  }
  return undefined;
}

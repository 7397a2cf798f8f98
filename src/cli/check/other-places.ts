import { PRESETS } from '../../config/settings/adobe-settings.ts';
import type { ClientConfig, RouteConfig } from '../../config/settings/topology.ts';

/** Where Adobe's servers are, as far as that is known (docs/adobe.md §1). */
export interface KnownPlaces {
  /** By the name that the setting `adobe` has for them. */
  readonly presets: Readonly<
    Record<string, Readonly<Record<'dcr.url' | 'upstream.url' | 'upstream.prefix', string>>>
  >;
  /** DCR servers that stand for each other. */
  readonly dcr: readonly (readonly string[])[];
}

export const KNOWN_PLACES: KnownPlaces = {
  presets: PRESETS,
  dcr: [
    ['https://api.auth.adobe.com', 'https://sp.auth.adobe.com'],
    ['https://api.auth-staging.adobe.com', 'https://sp.auth-staging.adobe.com'],
  ],
};

export interface OtherPlace {
  /** What to configure to have it. */
  readonly advice: string;
  readonly url: URL;
  readonly prefix: string;
}

/** Other places of the reports that the DCR server's tokens are for. ESM's are known in one place only. */
export const otherReportPlaces = (
  { presets }: KnownPlaces,
  dcr: ClientConfig['dcr'],
  { url, prefix }: RouteConfig['upstream'],
): OtherPlace[] =>
  Object.entries(presets)
    .map(([name, preset]) => ({
      name,
      dcrUrl: new URL(preset['dcr.url']),
      url: new URL(preset['upstream.url']),
      prefix: preset['upstream.prefix'],
    }))
    .filter((it) => it.dcrUrl.origin === dcr.url.origin && prefix.endsWith('/v2'))
    .filter((it) => it.url.origin !== url.origin || it.prefix !== prefix)
    .map((it) => ({
      ...it,
      advice: `Configure \`adobe: ${it.name}\`, or \`upstream.url: ${it.url.origin}\` and \`upstream.prefix: ${it.prefix}\`.`,
    }));

/** Other DCR servers of the same environment. */
export const otherDcrServers = ({ dcr }: KnownPlaces, url: URL): string[] =>
  dcr
    .filter((group) => group.includes(url.origin))
    .flatMap((group) => group.filter((it) => it !== url.origin));

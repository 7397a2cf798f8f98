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

/**
 * Other places of the reports that the DCR server's tokens are for, with what to configure to have them. ESM's are
 * known in one place only.
 */
export const otherReportPlaces = (
  { presets }: KnownPlaces,
  dcr: ClientConfig['dcr'],
  { url, prefix }: RouteConfig['upstream'],
) =>
  Object.entries(presets).flatMap(([name, preset]) => {
    const there = { url: new URL(preset['upstream.url']), prefix: preset['upstream.prefix'] };
    const isHere = there.url.origin === url.origin && there.prefix === prefix;
    const isSameDcr = new URL(preset['dcr.url']).origin === dcr.url.origin;
    if (isHere || !isSameDcr || !prefix.endsWith('/v2')) return [];
    const settings = `\`upstream.url: ${there.url.origin}\` and \`upstream.prefix: ${there.prefix}\``;
    return { ...there, advice: `Configure \`adobe: ${name}\`, or ${settings}.` };
  });

/** Other DCR servers of the same environment. */
export const otherDcrServers = ({ dcr }: KnownPlaces, url: URL): string[] =>
  dcr.flatMap((group) => (group.includes(url.origin) ? group.filter((it) => it !== url.origin) : []));

import type { Manifest } from '../package/stage.ts';

export interface ReleaseFacts {
  readonly version: string;
  readonly image: string;
  readonly isPrerelease: boolean;
  /** Markdown: what the changelog says of this version. */
  readonly notes: string;
}

export interface ReleaseRequest {
  readonly tag: string;
  /** `owner/name`, as the workflow sees it. */
  readonly repository: string;
  readonly manifest: Pick<Manifest, 'version' | 'repository'>;
  readonly changelog: string;
}

/** What a tag is released as, or why it must not be. */
export function releaseFacts(request: ReleaseRequest): ReleaseFacts | { readonly refusal: string } {
  const { tag, repository, manifest, changelog } = request;
  const { version } = manifest;
  if (tag !== `v${version}`) return { refusal: `the tag ${tag} is not v${version}, as package.json says` };
  if (manifest.repository !== `github:${repository}`)
    return {
      refusal: `package.json names ${manifest.repository}, and this is ${repository}: see RELEASING.md`,
    };
  const notes = sectionOf(changelog, version);
  if (notes === undefined) return { refusal: `CHANGELOG.md has no section "## ${version} (date)"` };
  const isPrerelease = version.includes('-');
  return { version, image: `ghcr.io/${repository.toLowerCase()}`, isPrerelease, notes };
}

/** The text below the heading of a dated version, up to the next one; undefined if there is none, or nothing in it. */
function sectionOf(changelog: string, version: string): string | undefined {
  const [, ...sections] = changelog.split(/^## /m);
  const heading = `${version} (`;
  const section = sections.find((text) => text.startsWith(heading) && /^\S+ \(\d{4}-\d\d-\d\d\)/.test(text));
  const text = section?.slice(section.indexOf('\n')).trim();
  return text === undefined || text === '' ? undefined : `${text}\n`;
}

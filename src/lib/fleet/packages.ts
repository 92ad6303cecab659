import { createReadStream, type ReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  compareVersions,
  HubError,
  packageManifestSchema,
  releaseVersionSchema,
  signedManifestSchema,
  type PackageManifest,
  type SignedManifest,
} from '../signaling/contract/index.ts';

export interface OfferedPackage {
  manifest: PackageManifest;
  signed: SignedManifest;
}

/**
 * The packages in a folder: `<version>.json`, the signed manifest, beside `<version>.tar.gz`. The hub only hands them on: whether the
 * signature is good is for the box to say, by the key that it came with.
 */
export class Packages {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Newest first. What cannot be read is left out: a half copied file is no package yet. */
  async list(): Promise<OfferedPackage[]> {
    const names = await readdir(this.#folder).catch(() => [] as string[]);
    const found = await Promise.all(
      names
        .filter((name) => name.endsWith('.json'))
        .map((name) => this.find(name.slice(0, -'.json'.length)).catch(() => null)),
    );
    return found
      .filter((offered) => offered !== null)
      .sort((a, b) => compareVersions(b.manifest.version, a.manifest.version));
  }

  /** @throws {HubError} not_found */
  async find(version: string): Promise<OfferedPackage> {
    // The version becomes a file's name: nothing but digits and dots.
    if (!releaseVersionSchema.safeParse(version).success) throw new HubError('not_found', 'no such package');
    try {
      const text = await readFile(path.join(this.#folder, `${version}.json`), 'utf8');
      const signed = signedManifestSchema.parse(JSON.parse(text));
      const payload = Buffer.from(signed.payload, 'base64url').toString('utf8');
      const manifest = packageManifestSchema.parse(JSON.parse(payload));
      const { size } = await stat(this.#file(version));
      if (manifest.version !== version || size !== manifest.sizeBytes) throw new Error('not this package');
      return { manifest, signed };
    } catch (cause) {
      throw new HubError('not_found', 'no such package', { cause });
    }
  }

  /** @throws {HubError} not_found */
  async open(version: string): Promise<{ sizeBytes: number; stream: ReadStream }> {
    const { manifest } = await this.find(version);
    return { sizeBytes: manifest.sizeBytes, stream: createReadStream(this.#file(version)) };
  }

  #file(version: string): string {
    return path.join(this.#folder, `${version}.tar.gz`);
  }
}

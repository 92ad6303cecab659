import { hash, verify } from '@node-rs/argon2';
import { newToken } from './ids.ts';

/** Argon2id (the library's default kind) with OWASP's parameters (Password Storage Cheat Sheet, 2025). */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password, PARAMETERS);

let nobody: Promise<string> | undefined;

/** `null` stands for an account that does not exist: as much work, always false. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  nobody ??= hashPassword(newToken());
  const matches = await verify(passwordHash ?? (await nobody), password);
  return matches && passwordHash !== null;
}

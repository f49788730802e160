import { systemCode, ToolError } from '../../runtime/core/errors.ts';

/** Says that an archive is no archive: what is unpacked while it comes meets the damage before the hash at its end does.
 *  @throws {ToolError} HASH_MISMATCH for an error of the decoder; any other error passes on */
export async function unpacking<T>(filename: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!/^(Z_|TAR_)/.test(systemCode(error) ?? '')) throw error;
    throw new ToolError('HASH_MISMATCH', `Cannot unpack "${filename}": it is damaged`, {
      cause: error,
      details: { filename },
    });
  }
}

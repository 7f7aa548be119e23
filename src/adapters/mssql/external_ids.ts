import { AppError } from "../../kernel/errors.ts";
import { brokenUnique } from "./errors.ts";

/**
 * Runs a statement that takes an external id where it is free and returns who has it.
 * @throws AppError `external_id_taken`
 */
export async function claimExternalId(
  id: number,
  key: string,
  claim: () => Promise<{ readonly owner: string } | undefined>,
): Promise<void> {
  const owner = async () => {
    try {
      return await claim();
    } catch (error) {
      // Somebody took it at the same moment: it is seen now.
      if (brokenUnique(error, [key])) return await claim();
      throw error;
    }
  };
  if (Number((await owner())?.owner) !== id) throw new AppError("external_id_taken");
}

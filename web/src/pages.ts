// Lists that are read when they are looked at, page by page. What changes
// elsewhere is seen at the next visit.
import { useCallback, useEffect, useState } from "react";
import { api, ApiError, why } from "./api";

export interface List<T> {
	/** null: not read yet. */
	rows: T[] | null;
	next: string | null;
	error: string | null;
	more: () => Promise<void>;
	/** Shows a row first that was made here. */
	put: (row: T) => void;
	drop: (id: string) => void;
	/** Does something to a row; what goes wrong is said above the list. */
	change: (act: () => Promise<void>) => Promise<void>;
}

export function useList<T extends { id: string }>(name: string, onSignedOut: () => void): List<T> {
	const [state, set] = useState<{ rows: T[] | null; next: string | null; error: string | null }>({ rows: null, next: null, error: null });
	const failed = useCallback(
		(e: unknown) => {
			if (e instanceof ApiError && e.status === 401) onSignedOut();
			else set((s) => ({ ...s, error: why(e) }));
		},
		[onSignedOut],
	);
	const read = useCallback(
		async (cursor: string | null) => {
			try {
				const page = await api.page<T>(name, cursor);
				set((s) => ({ rows: [...(cursor === null ? [] : (s.rows ?? [])), ...page.rows], next: page.next, error: null }));
			} catch (e) {
				failed(e);
			}
		},
		[name, failed],
	);
	useEffect(() => void read(null), [read]);
	const { next } = state;
	return {
		...state,
		more: useCallback(() => read(next), [read, next]),
		put: (row) => set((s) => ({ ...s, rows: [row, ...(s.rows ?? []).filter((x) => x.id !== row.id)], error: null })),
		drop: (id) => set((s) => ({ ...s, rows: s.rows?.filter((x) => x.id !== id) ?? null, error: null })),
		change: (act) => act().catch(failed),
	};
}

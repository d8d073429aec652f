import { readFileSync, writeFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type Plugin } from "vite";

// The gateway serves from memory and does not compress: it is done here, once.
function gzipAhead(): Plugin {
	let out = "";
	return {
		name: "gzip-ahead",
		apply: "build",
		configResolved(config) {
			out = config.build.outDir;
		},
		closeBundle() {
			for (const dir of [out, join(out, "assets")])
				for (const name of readdirSync(dir))
					if (/\.(js|css|html|svg)$/.test(name)) {
						const file = join(dir, name);
						writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
					}
		},
	};
}

export default defineConfig({
	plugins: [tailwindcss(), gzipAhead()],
	esbuild: { jsx: "automatic" },
	build: {
		target: "es2022",
		outDir: "dist",
		assetsDir: "assets",
		assetsInlineLimit: 0, // the page's policy allows no data: URLs
		modulePreload: { polyfill: false },
	},
	server: {
		proxy: {
			"/api": "http://127.0.0.1:8090",
			"/transcripts": "http://127.0.0.1:8090",
		},
	},
});

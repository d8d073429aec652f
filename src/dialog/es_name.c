#include "dialog/es.h"

#include <ctype.h>

/* Words that are no part of anybody's name when they are heard. */
static const char stop[] =
	"entiendo entendi espere espera momento momentito a al ante con contra "
	"de del desde en entre hacia hasta para por sin "
	"sobre el la los las lo un una unos unas uno y e o u pero porque pues "
	"que quien cual cuando cuanto donde como si no ni tampoco ya yo tu "
	"usted "
	"ustedes ella ellos nosotros me te se nos le les mi mis su sus nuestro "
	"nuestra este esta esto estos estas ese esa eso aquel aqui ahi alla es "
	"son soy eres somos era fue ser sea esta estan estoy estamos estaba "
	"estar hay haber he ha han tengo tiene tienen tenemos tener necesito "
	"necesita necesitamos quiero quiere queremos quisiera quisieramos "
	"puedo puede pueden podria podrian voy va vamos van hago hace hacer "
	"hecho dijo dije digo dice decir nombre nombres apellido apellidos "
	"llamo llama llamando llamada habla hablo hablar hablando completo "
	"hola bueno buena buenos buenas dias dia tardes tarde noches noche "
	"manana hoy ayer ahora ahorita luego despues antes gracias favor claro "
	"perdon disculpe ok okay eh este mmm mm ah oh uh um ay nada algo todo "
	"toda todos alguien nadie cita citas servicio reparacion reparar "
	"arreglar arreglo instalacion mantenimiento limpieza calefaccion "
	"calentador calentadores boiler agua gas fuga drenaje tuberia desague "
	"bano cocina casa sotano oficina edificio apartamento departamento "
	"calle avenida numero telefono direccion cliente nuevo nueva senor "
	"senora senorita don dona problema emergencia urgente espanol ingles "
	"robot persona maquina operador mensaje texto robo funciona sirve roto "
	"rota descompuesto descompuesta tapado tapada goteando gotea frio "
	"caliente mucho mucha muy mas menos bien mal tambien solo solamente "
	"entonces lunes martes miercoles jueves viernes sabado enero febrero "
	"marzo mayo junio agosto septiembre octubre noviembre diciembre "
	"espere repita seria gustaria interesa importa correcto exacto "
	"perfecto vale dale listo deletreo deletrear letra letras mayuscula "
	"acento minuscula primer primero segundo arriba abajo dos tres cuatro "
	"cinco seis siete ocho nueve diez carro coche auto pelo cabello corte "
	"diente dientes muela limpiar comprar vender rentar renta venta "
	"english inglish spanish please yes cancelar cambiar mover sip adios "
	"chao bye olvidelo olvidalo ninguno ninguna mande momento momentito "
	"minuto segundito permitame espereme espera repetir repitame repitalo "
	"disculpa ayuda ayudeme hasta llamen llameme";

static const char fillers[] = "si eh ah bueno pues claro este hola ok okay mm "
			      "mmm um uh a ver gracias perdon ay es seria no "
			      "soy";

static const char particles[] = "de del la las los y san santa";

static const char *const intro[] = {
	"me llamo",
	"mi nombre completo? es|seria|completo?",
	"mi nombre y apellido es|son",
	"el nombre completo? es|seria",
	"a nombre de",
	"mi nombre",
	"le habla|saluda|llama",
	"de parte de",
	"usted habla|esta con|hablando con?",
};

/* Can be anything: then only what is written or known as a name. */
static const char *const unsure[] = {"^ bueno|si|hola|buenas|buenos|tardes|"
				     "dias? aqui",
				     "soy", "habla"};

static const struct {
	const char *words;
	const char *letter;
} letters[] = {
	{"a", "a"},	  {"be b", "b"},
	{"ce c se", "c"}, {"de d", "d"},
	{"e", "e"},	  {"efe f", "f"},
	{"ge g je", "g"}, {"hache ache h", "h"},
	{"i", "i"},	  {"jota j", "j"},
	{"ka k", "k"},	  {"ele l", "l"},
	{"eme m", "m"},	  {"ene n", "n"},
	{"o", "o"},	  {"pe p", "p"},
	{"cu q", "q"},	  {"erre ere r", "r"},
	{"ese s", "s"},	  {"te t", "t"},
	{"u", "u"},	  {"ve uve v", "v"},
	{"w", "w"},	  {"equis x", "x"},
	{"ye y", "y"},	  {"zeta ceta seta z", "z"},
	{"elle", "ll"},
};

static const char *letter_at(const struct nlu_text *t, size_t i)
{
	if (i >= t->n)
		return NULL;
	/* an "eñe" is no "ene" once its tilde is gone */
	if (nlu_in(t, i, "ene n")) {
		for (size_t k = 0; k + 1 < t->v[i].raw.len; k++) {
			char c = t->v[i].raw.p[k + 1];

			if (t->v[i].raw.p[k] == '\xc3' &&
			    (c == '\xb1' || c == '\x91'))
				return "ñ";
		}
	}
	for (size_t k = 0; k < ARRAY_LEN(letters); k++) {
		if (nlu_in(t, i, letters[k].words))
			return letters[k].letter;
	}
	return NULL;
}

/* Which letter a b or v is: "be grande", "ve chica". */
static size_t b_or_v(const struct nlu_text *t, size_t i, const char **letter)
{
	if (nlu_in(t, i, "grande larga alta")) {
		*letter = "b";
		return 1;
	}
	if (nlu_in(t, i, "chica corta chiquita baja pequena")) {
		*letter = "v";
		return 1;
	}
	return 0;
}

/* "eme", "doble ele", "be de burro", "i griega": words used. */
static size_t one_letter(const struct nlu_text *t, size_t i,
			 const char **letter, bool *twice)
{
	size_t from = i;

	*twice = nlu_is(t, i, "doble");
	i += *twice;
	if (*twice && nlu_in(t, i, "u v ve uve")) {
		*letter = "w";
		*twice = false;
		return i + 1 - from;
	}
	if (nlu_match_at(t, i, "uve doble")) {
		*letter = "w";
		return 2;
	}
	*letter = letter_at(t, i);
	if (!*letter)
		return 0;
	i++;
	if (nlu_in(t, i, "griega") && **letter == 'i') {
		*letter = "y";
		i++;
	} else if (nlu_in(t, i, "latina") && **letter == 'i') {
		i++;
	} else if (**letter == 'b' || **letter == 'v') {
		i += b_or_v(t, i, letter);
	}
	/* "de burro", "como en María", "con acento" */
	if (nlu_in(t, i, "con") && nlu_in(t, i + 1, "acento tilde"))
		i += 2;
	if (nlu_match_at(t, i, "como en|de *") && i + 2 < t->n)
		i += 3;
	else if (nlu_is(t, i, "de") && i + 1 < t->n && t->v[i + 1].w.len > 3 &&
		 !letter_at(t, i + 1) &&
		 (t->v[i + 1].w.p[0] == **letter ||
		  nlu_sv_in((struct sv){t->v[i + 1].w.p, 1}, "n")))
		i += 2;
	return i - from;
}

struct writer {
	char *out;
	size_t n, size;
};

static void put(struct writer *w, struct sv s)
{
	for (size_t i = 0; i < s.len && w->n + 1 < w->size; i++)
		w->out[w->n++] = s.p[i];
	w->out[w->n] = '\0';
}

/* The letter at p, large or small, also one with an accent. */
static void set_case(char *p, size_t len, bool large)
{
	unsigned char c = (unsigned char)*p;

	if (c < 0x80) {
		*p = (char)(large ? toupper(c) : tolower(c));
	} else if (c == 0xc3 && len > 1) {
		unsigned char d = (unsigned char)p[1];

		if (large && d >= 0xa0 && d != 0xb7 && d != 0xbf)
			p[1] = (char)(d - 0x20);
		else if (!large && d < 0x9f && d != 0x97)
			p[1] = (char)(d + 0x20);
	}
}

static bool has_small(struct sv s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (islower((unsigned char)s.p[i]))
			return true;
	}
	return false;
}

/* "maría" and "MARÍA" are "María"; written as a name it stays. */
static void put_word(struct writer *w, struct sv s, bool small)
{
	size_t from;
	bool shout = !has_small(s);

	if (w->n)
		put(w, SV(" "));
	from = w->n;
	put(w, s);
	for (size_t i = from; i < w->n; i++) {
		bool first = i == from;

		if ((unsigned char)w->out[i] >= 0x80 &&
		    (unsigned char)w->out[i] < 0xc0)
			continue;
		if (small || (shout && !first))
			set_case(w->out + i, w->n - i, false);
		else if (first)
			set_case(w->out + i, w->n - i, true);
	}
}

/* The known name that w sounds as, as the business spells it. */
static bool known_as(struct sv known, const struct nlu_word *heard,
		     struct sv *as)
{
	struct sv w = heard->w;
	const char *p = known.p, *end = known.p + known.len;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p), len;
		char flat[40];
		struct nlu_sound a, b;

		*as = (struct sv){p, n};
		len = es_fold(flat, sizeof(flat), *as);
		if (sv_eq(w, flat)) {
			*as = heard->raw; /* it may have its accents */
			return true;
		}
		a = es_sound(w);
		b = es_sound((struct sv){flat, len});
		if (len >= 4 && len < 10 && w.len >= 4 && w.len < 10 &&
		    !strcmp(a.s, b.s))
			return true;
		p += n + 1;
	}
	return false;
}

static bool cased(const struct nlu_word *w)
{
	unsigned char c = (unsigned char)w->raw.p[0];

	if (c == 0xc3 && w->raw.len > 2)
		return (unsigned char)w->raw.p[1] < 0x9f;
	return isupper(c) && w->raw.len > 1;
}

static bool may_be_name(const struct nlu_text *t, size_t i)
{
	return i < t->n && !t->v[i].figures && t->v[i].num < 0 &&
	       t->v[i].w.len > 1 && !nlu_sv_in(t->v[i].w, stop);
}

bool es_name_word(const struct nlu_text *t, size_t i)
{
	return may_be_name(t, i) && cased(&t->v[i]);
}

/* Letters from i on, three at least; words used. */
static size_t spelled(const struct nlu_text *t, size_t i, char *out,
		      size_t size)
{
	size_t from = i, n = 0, len = 0, used;
	const char *l;
	bool twice;

	out[0] = '\0';
	while (i < t->n && len + 5 < size &&
	       (used = one_letter(t, i, &l, &twice))) {
		for (int k = 0; k <= (int)twice; k++) {
			size_t m = strlen(l);

			memcpy(out + len, l, m + 1);
			len += m;
		}
		n++;
		i += used;
	}
	return n >= 3 ? i - from : 0;
}

/* "de la Cruz", "del Río": words of the particle at i; 0: none. */
static size_t particle(const struct nlu_text *t, size_t i, bool lenient)
{
	size_t n = 0;

	while (n < 3 && nlu_in(t, i + n, particles) &&
	       (!n || t->v[i + n].sep == ' '))
		n++;
	if (!n || !may_be_name(t, i + n) || t->v[i + n].sep != ' ' ||
	    (!lenient && !cased(&t->v[i + n])))
		return 0;
	return n;
}

struct name_scan {
	const struct nlu_text *t;
	struct sv known;
	bool lenient; /* also what is not written as a name */
};

/* Where the word that these letters spell begins, the last such; else end. */
static size_t spelled_word(const struct writer *w, char first)
{
	for (size_t i = w->n; i-- > 0;) {
		if ((!i || w->out[i - 1] == ' ') &&
		    tolower((unsigned char)w->out[i]) == first)
			return i;
	}
	return w->n;
}

/* In place of the word at at. */
static void put_spelled(struct writer *w, size_t at, struct sv as)
{
	char tail[80];

	sv_copy(tail, sizeof(tail),
		sv_str(w->out + at + strcspn(w->out + at, " ")));
	w->n = at ? at - 1 : 0;
	put_word(w, as, false);
	put(w, sv_str(tail));
}

/* Collects name words from i on; *end behind the last. Words taken. */
static size_t collect(struct nlu_name *out, const struct name_scan *s, size_t i,
		      size_t *end)
{
	struct writer w = {out->full, 0, sizeof(out->full)};
	const struct nlu_text *t = s->t;
	size_t words = 0, said_at, n;
	char letters_of[48], flat[48];
	struct sv as;

	out->full[0] = '\0';
	while (i < t->n && words < 5) {
		bool known;

		n = spelled(t, i, letters_of, sizeof(letters_of));
		if (n) {
			es_fold(flat, sizeof(flat), sv_str(letters_of));
			/* a word before was said, now it is spelled */
			said_at = spelled_word(&w, flat[0]);
			words += said_at == w.n;
			put_spelled(&w, said_at, sv_str(letters_of));
			i += n;
			continue;
		}
		if (words && nlu_match_at(t, i, "se escribe|deletrea") &&
		    spelled(t, i + 2, letters_of, sizeof(letters_of))) {
			i += 2;
			continue;
		}
		n = words ? particle(t, i, s->lenient) : 0;
		for (size_t k = 0; k < n; k++)
			put_word(&w, t->v[i + k].raw,
				 !nlu_in(t, i + k, "san santa"));
		i += n;
		if (!may_be_name(t, i) ||
		    (words && !n && strchr(".?!;", t->v[i].sep)) ||
		    (words && !n && t->v[i].sep == ',' && !s->lenient))
			break;
		known = known_as(s->known, &t->v[i], &as);
		if (!s->lenient && !known && !cased(&t->v[i]))
			break;
		put_word(&w, known && !cased(&t->v[i]) ? as : t->v[i].raw,
			 false);
		words++;
		i++;
	}
	*end = i;
	return words;
}

static void set_first(struct nlu_name *out)
{
	size_t n = strcspn(out->full, " ");

	sv_copy(out->first, sizeof(out->first), (struct sv){out->full, n});
}

/* A title in front is not taken into the name: "soy el señor Pérez". */
static size_t skip_title(const struct nlu_text *t, size_t i)
{
	size_t n = nlu_in(t, i, "el la");

	return nlu_in(t, i + n,
		      "senor senora senorita don dona doctor doctora "
		      "sr sra srta dr dra")
		       ? n + 1
		       : 0;
}

/* "María López habla", "Juan para servirle". */
static bool before(struct nlu_name *out, struct name_scan *s)
{
	struct nlu_text cut;
	size_t at, end;

	if (!nlu_match(s->t, "habla|al para|habla servirle|habla|aparato", &at,
		       NULL) &&
	    !nlu_match(s->t, "para servirle", &at, NULL) &&
	    !nlu_match(s->t, "habla $", &at, NULL))
		return false;
	cut = *s->t;
	cut.n = at;
	for (size_t back = MIN(at, 4u); back; back--) {
		struct name_scan c = {&cut, s->known, false};

		if (collect(out, &c, at - back, &end) && end == at)
			return true;
	}
	return false;
}

/* "Nombre Juan, apellido Pérez". */
static bool first_and_last(struct nlu_name *out, const struct name_scan *s)
{
	struct nlu_name last = {{0}, {0}};
	struct writer w = {out->full, 0, sizeof(out->full)};
	size_t at, len, end;

	if (!nlu_match(s->t, "apellido|apellidos es|son?", &at, &len) ||
	    !collect(&last, s, at + len, &end))
		return false;
	if (!nlu_match(s->t, "nombre es?", &at, &len) ||
	    !collect(out, s, at + len, &end))
		return false;
	w.n = strlen(out->full);
	put(&w, SV(" "));
	put(&w, sv_str(last.full));
	return true;
}

/* A bare name is short, and no sentence follows it. */
static bool bare(struct nlu_name *out, const struct name_scan *s)
{
	const struct nlu_text *t = s->t;
	char spelled_out[48];
	size_t i = 0, end;

	while (nlu_in(t, i, fillers) &&
	       !spelled(t, i, spelled_out, sizeof(spelled_out)))
		i++;
	i += skip_title(t, i);
	if (!collect(out, s, i, &end))
		return false;
	return end == t->n || t->v[end].sep != ' ' ||
	       nlu_in(t, end, "por para gracias y senor senora con");
}

bool es_name(struct nlu_name *out, const struct nlu_text *t, struct sv known,
	     bool asked)
{
	struct name_scan s = {t, known, true};
	size_t at, len, end;
	bool found;

	*out = (struct nlu_name){{0}, {0}};
	found = first_and_last(out, &s);
	for (size_t k = 0; !found && k < ARRAY_LEN(intro); k++) {
		if (!nlu_match(t, intro[k], &at, &len))
			continue;
		at += len;
		at += skip_title(t, at);
		found = collect(out, &s, at, &end);
	}
	s.lenient = asked;
	for (size_t k = 0; !found && k < ARRAY_LEN(unsure); k++) {
		if (!nlu_match(t, unsure[k], &at, &len))
			continue;
		at += len;
		at += skip_title(t, at);
		found = collect(out, &s, at, &end);
	}
	s.lenient = true;
	if (!found)
		found = before(out, &s);
	if (!found && asked)
		found = bare(out, &s);
	if (found)
		set_first(out);
	else
		out->full[0] = '\0';
	return found;
}

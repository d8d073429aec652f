#include "dialog/es.h"

/*
 * Words stand here as es_split() spells them, without accents: "si" is both
 * "sí" and "si". Sentences whose words alone would mislead come first.
 */
static const struct {
	const char *pattern;
	enum nlu_yesno is;
} sentences[] = {
	{"no hay? ningun? problema|problemas|inconveniente", NLU_YES},
	{"no veo|tengo|hay ningun? problema|inconveniente", NLU_YES},
	{"sin ningun? problema|problemas|inconveniente", NLU_YES},
	{"no tengo|hay objecion|objeciones", NLU_YES},
	{"como|por no $", NLU_YES}, /* "cómo no" */
	{"^ como no", NLU_YES},
	{"por que|q no", NLU_YES},
	{"porque no $", NLU_YES},
	{"no me importa|molesta", NLU_YES},
	{"no no? si|claro|dale|adelante|perfecto", NLU_YES},
	{"no hay de? que dudar", NLU_YES},
	{"si no $", NLU_NO},
	{"si|bueno|este|eh|pues|ay no gracias? $", NLU_NO},
	{"claro|supuesto|luego|seguro|obvio que? no", NLU_NO},
	{"creo|pienso|digo|dije|parece que no", NLU_NO},
	{"^ que no", NLU_NO},
	{"creo|pienso|digo|dije|parece que si", NLU_YES},
	{"que si $", NLU_YES},
	{"no lo creo", NLU_NO},
	{"no creo", NLU_NO},
	{"mejor|todavia|aun|ahora|ahorita|hoy|asi|eso|ese|esa|esta|este|"
	 "tampoco|tambien|yo|realmente no",
	 NLU_NO},
	{"no por ahora|favor|el", NLU_NO},
	{"por ahora|el no", NLU_NO},
	{"por el momento no", NLU_NO},
	{"para nada", NLU_NO},
	{"de ninguna manera|forma", NLU_NO},
	{"de ningun modo", NLU_NO},
	{"en absoluto", NLU_NO},
	{"ni hablar|loco|modo|madres|pensarlo|de", NLU_NO},
	{"que va $", NLU_NO},
	{"no me|nos|le|te? lo|la? "
	 "conviene|sirve|queda|viene|gusta|gustaria|interesa|acomoda|"
	 "parece|late|cuadra|va|animo",
	 NLU_NO},
	{"no me|nos|le funciona", NLU_NO},
	{"no lo|la|los? puedo|podemos|podria|quiero|queremos|quisiera|deseo|"
	 "necesito|hace|haga|es|esta|estoy|estaria|seria|era|tengo|voy|acepto|"
	 "autorizo|mande|envie|reserve|agende|escriba|manden|envien|llego|"
	 "alcanzo",
	 NLU_NO},
	{"no esta bien|mal", NLU_NO},
	{"no se preocupe|moleste", NLU_NO},
	{"no hace falta", NLU_NO},
	{"no es necesario", NLU_NO},
	{"prefiero|preferiria que? no", NLU_NO},
	{"es|esta|muy|demasiado incorrecto|mal|equivocado|equivocada|tarde|"
	 "temprano|pronto|lejos|falso",
	 NLU_NO},
	{"incorrecto|negativo", NLU_NO},
	{"otro dia|horario|momento|turno", NLU_NO},
	{"otra hora|fecha|cosa|opcion|cita", NLU_NO},
	{"ninguno|ninguna|ningun de|dia|hora $", NLU_NO},
	{"^ ninguno|ninguna|nada|tampoco|nunca|jamas|nel|nones $", NLU_NO},
	{"nada mas|mejor|gracias", NLU_NO},
	{"eso es todo", NLU_NO},
	{"ya no", NLU_NO},
	{"estoy|estaria|estamos ocupado|ocupada|trabajando", NLU_NO},
	{"olvidelo|olvidalo", NLU_NO},
	{"dejelo|dejalo asi|no $", NLU_NO},
};

static const char yes_words[] =
	"sip simon aja yes yeah yep claro dale vale "
	"afirmativo orale andale oka okey okay ok "
	"sale efectivamente correcto exacto exactamente "
	"obvio obviamente ciertamente";
/* These agree where they stand for themselves, not amid a sentence. */
static const char yes_alone[] =
	"perfecto perfecta seguro cierto adelante listo bueno bien excelente "
	"genial estupendo encantado encantada buenisimo fantastico maravilloso "
	"eso esa ese ya va chevere bacano padrisimo m mm mhm";
static const char before_alone[] =
	"uh um ay ah oh pues bueno y si esta este eh muy mm claro que ok";
static const char no_words[] = "no nop nope nah nel negativo nunca jamas";

/* Not an answer to us, whatever good words are in it. */
static const char *const aside[] = {
	"buenos dias|dia",
	"buenas tardes|noches|tarde|noche",
	"^ buenas $",
	"^ y|pero|ah|eh|bueno|a? que|cual|cuales|cuando|cuanto|cuanta|cuantos|"
	"donde|quien|cuantas hora|dia|dias|es|son|tiene|tienen|hay|cuesta|"
	"cobra|cobran|significa|quiere|seria|habla|esta|horas|otro|otra|vale",
	"^ y|pero|ah|eh|bueno|a? como se|le|es|esta|dice|dijo|puedo",
	"no se si? $",
	"no se si|que|cuando|todavia|aun",
	"no estoy segur|seguro|segura",
	"no le|la|lo|te? entiendo|entendi|escucho|escuche|oigo|oi",
	"si fuera|pudiera|puedo|hubiera|es|llueve que",
};

/* Sentences that agree without a yes. */
static const char *const agree[] = {
	"esta|estaria|quedo|queda|seria|suena|va muy? bien|perfecto|excelente|"
	"bueno|genial|correcto|perfectamente",
	"me|nos parece|sirve|conviene|queda|viene|funciona|late|acomoda|cuadra|"
	"gusta|gustaria|encantaria|va|interesa",
	"de acuerdo",
	"^ muy bien",
	"por supuesto",
	"desde luego",
	"asi es",
	"eso|ese|esa es|mismo|misma|mero $",
	"es correcto|cierto|verdad|asi|correcta",
	"con mucho? gusto",
	"como usted? diga|guste|quiera",
	"^ ay|eh|pues? por favor $",
	"por favor que? si|hagalo|reserve|mandelo|mandemelo|reservelo",
	"hagalo|hagale|hazlo|reservelo|reservela|reserveme|agendelo|agendela|"
	"agendeme|apartelo|apartela|aparteme|anotelo|anoteme|confirmelo|"
	"confirmo|acepto|autorizo|tomelo|pongame|apunteme",
	"mandelo|mandela|mandemelo|mandemela|envielo|"
	"enviemelo|enviemela|mandamelo|enviamelo",
	"^ puede|pueden $",
	"^ puede|pueden mandarme|enviarme|mandar|enviar|escribirme|reservar|"
	"hacerlo|mandarmelo|enviarmelo",
	"lo|la|esa|ese|esta|este tomo|acepto|agarro|quiero $",
	"eso si",
	"^ si",
};

#define SPAN "semana|semanas|dia|dias|noche|noches|mes|meses|invierno|horas"

/* Behind a yes they take it back or make a condition: ask once more. */
static const char *const hedges[] = {
	"aunque|excepto|salvo|depende|dependiendo",
	"siempre y|que",
	"con tal|condicion",
	"a menos que",
	"solo|solamente si",
	"^ ay|ah|oh|eh|pues|bueno|ok|okay|si? "
	"espere|espera|espereme|esperame|esperese|aguarde|aguanta|permitame",
	"espere|espera|espereme|esperame|esperese|aguarde|aguanteme|"
	"permitame|permiteme|deme|dame|regaleme "
	"un|una|tantito|poco|por|el|al|que",
	"^ * un momento|momentito|segundo|segundito|minuto|minutito",
	"espere|espera|espereme|esperame|esperese|aguarde $",
	"dejeme|dejame|deje|deja|permitame|permiteme ver|pensar|pensarlo|"
	"preguntar|preguntarle|consultar|consultarlo|checar|revisar|hablar|"
	"buscar|confirmar",
	"a ver",
	"lo pienso|pensare|consulto|pregunto",
	"tengo|debo|necesito|quiero|tendria|hay|voy que|a? primero? "
	"preguntar|preguntarle|consultar|consultarlo|consultarle|pensar|"
	"pensarlo|ver|checar|revisar|hablar|hablarlo|confirmar",
	"todavia|aun no",
	"no * todavia|aun",
	"no estoy segur|seguro|segura",
	"tal vez",
	"quiza|quizas",
	"no lo|la|los|me|le? reserve|agende|mande|envie|escriba|llame|haga|"
	"venga|anote|confirme|ponga|cobre|apunte",
	"direccion|numero|telefono|casa|calle|apartamento "
	"anterior|viejo|vieja|antiguo|antigua|equivocado|equivocada|pasado",
	"vieja|antigua|otra|anterior direccion|casa",
	"viejo|antiguo|otro|anterior numero|telefono",
	"que sea|sean|mejor",
	"mejor a|el|la|otro|otra|manana|pasado|por|en|pongale|hagalo",
	"cambielo|cambiela|cambie|cambiamos|hagalo|pongalo para|a|por|el|la",
	"cuanto|cuanta|cuantos cuesta|cobra|cobran|vale|es|sale|seria|me|va|"
	"dura|tarda|tardan",
	"a que hora|horas",
	"^ si|bueno|ok|okay|claro|pues y? que|cual|cuando|cuanto|donde|quien "
	"pasa|es|hay|tal|precio|cuesta|dia|hora|seria|viene|vienen|llegan",
	"y el|la precio|costo|tarifa",
	"no|nunca lo? pedi|dije|quise|acepte|quedamos|encargue|ordene",
	/* "qué bien, otra semana sin agua": no praise, and no yes */
	"otra|otro|una|dos|tres|cuatro|mas " SPAN " mas? sin|con|asi|esperando",
	"otra|otro|dos|tres|cuatro mas? " SPAN " mas",
	"otra|otro " SPAN " $",
	SPAN " sin|congelandome|congelandonos|esperando",
	"justo|exactamente|era lo que me? faltaba",
	"lo que me? faltaba",
	"gracias por nada",
	"que chiste|burla|desastre|verguenza|ridiculo",
	"es una burla|verguenza",
	"esta|estan|estaran bromeando",
	"como siempre",
};

/* What a caller says to take back the word before. */
static const char turns[] =
	"digo dije perdon perdone disculpe disculpa espere espera mejor dicho "
	"decir realidad verdad quise corrijo uy ay";
static const char no_ends[] =
	"gracias perdon perdone disculpe mejor espere digo no nop";

static bool fits_any(const struct nlu_text *t, const char *const *patterns,
		     size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (nlu_match(t, patterns[i], NULL, NULL))
			return true;
	}
	return false;
}

/* Written with its accent it is a yes: "sí", not "if". */
static bool has_accent(struct sv raw)
{
	for (size_t i = 0; i + 1 < raw.len; i++) {
		if (raw.p[i] == '\xc3' &&
		    (raw.p[i + 1] == '\xad' || raw.p[i + 1] == '\x8d'))
			return true;
	}
	return false;
}

static bool says_si(const struct nlu_text *t, size_t i)
{
	if (!nlu_in(t, i, "si sii siii see"))
		return false;
	return !i || i + 1 == t->n || t->v[i].sep != ' ' ||
	       t->v[i + 1].sep != ' ' || has_accent(t->v[i].raw) ||
	       nlu_in(t, i - 1,
		      "si que pues ay bueno claro eh no ah oh mm este "
		      "uy eso") ||
	       nlu_in(t, i + 1, "si por claro senor senora senorita gracias");
}

static bool says_yes(const struct nlu_text *t, size_t i)
{
	if (says_si(t, i))
		return true;
	if (i && nlu_in(t, i - 1, "no muy tan mas"))
		return false;
	if (nlu_in(t, i, yes_words))
		return true;
	if (!nlu_in(t, i, yes_alone))
		return false;
	return !i ? t->n == 1 || t->v[1].sep != ' ' ||
			       !nlu_in(t, i,
				       "eso esa ese ya va m cierto seguro bien")
		  : (i + 1 == t->n || t->v[i].sep != ' ') &&
			       nlu_in(t, i - 1, before_alone);
}

static enum nlu_yesno whole_words(const struct nlu_text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (says_yes(t, i))
			return NLU_YES;
		if (nlu_in(t, i, no_words))
			return NLU_NO;
	}
	return NLU_NEITHER;
}

/* "Pero sin prisa" takes nothing back. */
static bool has_but(const struct nlu_text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (nlu_is(t, i, "pero") &&
		    !nlu_match_at(t, i + 1,
				  "no|sin hay|tengo|corre? ningun|ninguna? "
				  "prisa|apuro|problema") &&
		    !nlu_in(t, i + 1, "si claro esta bueno ok dale"))
			return true;
	}
	return false;
}

/* "Si cuesta menos de cien", not the polite "si es posible". */
static bool has_if(const struct nlu_text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (nlu_is(t, i, "si") && !has_accent(t->v[i].raw) &&
		    i + 1 < t->n && t->v[i + 1].sep == ' ' &&
		    !nlu_match_at(t, i + 1,
				  "es|fuera|no es|hay? "
				  "posible|tan|molestia|problema|amable") &&
		    nlu_in(t, i + 1,
			   "es no hay cuesta cuestan tiene tienen sale son "
			   "fuera llegan llega viene vienen cobra cobran me "
			   "puedo mi el la queda alcanza consigo tengo"))
			return i > 0 || !nlu_in(t, 1, "me la el es tengo no");
	}
	return false;
}

/* The last no that stands for itself; t->n without one. */
static size_t last_no(const struct nlu_text *t)
{
	for (size_t i = t->n; i-- > 0;) {
		bool apart = i + 1 == t->n || t->v[i + 1].sep != ' ' ||
			     nlu_in(t, i + 1, no_ends);

		if (nlu_in(t, i, no_words) && apart &&
		    !(i && nlu_in(t, i - 1, "como porque que q")))
			return i;
	}
	return t->n;
}

/* A yes in t: what is left of it after all that was said with it. */
static enum nlu_yesno weigh(const struct nlu_text *t)
{
	size_t no = last_no(t), from = 0;
	bool turned = false, only = true;

	while (from < t->n && !says_yes(t, from))
		from++;
	for (size_t i = from + 1; i < no && no < t->n; i++) {
		turned |= nlu_in(t, i, turns);
		only &= says_yes(t, i) || nlu_in(t, i, no_words) ||
			nlu_in(t, i, "eh este pues bueno ah ay mejor");
	}
	/* "sí, digo no", "claro, no" */
	if (no < t->n && from < no && (turned || only))
		return es_question(t) ? NLU_NEITHER : NLU_NO;
	if ((no < t->n && from < no) || fits_any(t, hedges, ARRAY_LEN(hedges)))
		return NLU_NEITHER;
	return NLU_YES;
}

/* A yes or no in front still counts: "no, ¿a qué hora?". */
static enum nlu_yesno in_front(const struct nlu_text *t)
{
	if (nlu_is(t, 0, "no") && t->n > 1 && t->v[1].sep != ' ')
		return NLU_NO;
	if (t->n > 1 && t->v[1].sep != ' ' && nlu_in(t, 0, "si claro") &&
	    !nlu_in(t, 1, "no pero"))
		return NLU_YES;
	return NLU_NEITHER;
}

/* What the words say, whatever comes behind a yes. */
static enum nlu_yesno at_first(const struct nlu_text *t)
{
	enum nlu_yesno first;
	bool front = t->n > 1 && says_si(t, 0) && t->v[1].sep != ' ' &&
		     !nlu_in(t, 1, "no pero aunque");

	/* "¿Bueno?", "¿sí?": is anybody there */
	if (t->n == 1 && es_question(t))
		return NLU_NEITHER;
	if (fits_any(t, aside, ARRAY_LEN(aside)))
		return in_front(t);
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
		if (!nlu_match(t, sentences[i].pattern, NULL, NULL))
			continue;
		/* a plain yes in front counts more than what follows */
		return front ? NLU_YES : sentences[i].is;
	}
	first = whole_words(t);
	if (first)
		return first;
	return fits_any(t, agree, ARRAY_LEN(agree)) ? NLU_YES : NLU_NEITHER;
}

/* "No hay problema" and "cómo no" are whole. */
static bool settled(const struct nlu_text *t)
{
	for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
		if (nlu_match(t, sentences[i].pattern, NULL, NULL))
			return sentences[i].is == NLU_YES;
	}
	return false;
}

enum nlu_yesno es_yesno(const struct nlu_text *t)
{
	enum nlu_yesno is = at_first(t);

	if (is == NLU_YES && (has_but(t) || has_if(t)))
		return NLU_NEITHER;
	/* "está bien, si no es muy caro" */
	if (is == NLU_NO && has_if(t) && !nlu_in(t, 0, no_words) &&
	    fits_any(t, agree, ARRAY_LEN(agree)))
		return NLU_NEITHER;
	if (is == NLU_NO && has_but(t) &&
	    (says_yes(t, 0) ||
	     nlu_match(t, "bien|correcto|correcta|cierto|perfecto pero", NULL,
		       NULL)))
		return NLU_NEITHER;
	/* "sí, no tengo agua": what is it */
	if (is == NLU_NO && says_si(t, 0) && nlu_is(t, 1, "no") &&
	    last_no(t) == t->n)
		return NLU_NEITHER;
	return is == NLU_YES && !settled(t) ? weigh(t) : is;
}

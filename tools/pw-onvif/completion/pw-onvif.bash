# bash completion for pw-onvif                             -*- shell-script -*-
# SPDX-License-Identifier: MIT

# names with blanks in them, and directories, are quoted as such
_pw_onvif_files() {
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
	compopt -o filenames 2>/dev/null
}

_pw_onvif() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
	local common="--json --quiet --remote --help" options words

	COMPREPLY=()
	# --option=value is three words for bash
	if [ "$cur" = = ]; then
		cur=
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	if [ "$COMP_CWORD" = 1 ]; then
		words="list probe login logout say doctor help --help --version"
	elif [[ $prev = @(--remote|-r|--user|-u|--rate) ]]; then
		return
	else
		case ${COMP_WORDS[1]} in
		list) options="--watch" ;;
		probe)
			options="--no-play --take-over --report"
			[ "$prev" = --report ] && { _pw_onvif_files "$cur"; return; }
			;;
		login) options="--user --stdin --keyring --no-verify" ;;
		logout) options="" ;;
		say)
			options="--tone --rate --take-over"
			[ "$COMP_CWORD" -gt 2 ] && _pw_onvif_files "$cur"
			;;
		doctor) options="" ;;
		help) words="list probe login logout say doctor"; common="" ;;
		*) return ;;
		esac
		case $cur in
		-*) words="$common $options" ;;
		*) [ "${COMP_WORDS[1]}" = say ] && return ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _pw_onvif pw-onvif

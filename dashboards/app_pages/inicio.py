import streamlit as st

st.title('inicio')

import streamlit as st

st.title('clientes')
